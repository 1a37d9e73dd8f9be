import pytest

from identity.matching import names, profiles


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("王小明", "李小明"), ("王小明", "王大海"), ("王先生", "李女士"), ("王**", "李佳"), ("王小明", "李**"),
        ("欧阳娜", "欧阳先"), ("John Smith", "Mary Smith"), ("谭先生", "王小明"),
    ],
)  # fmt: skip
def test_different_people(left, right):
    assert names.differ(left, right)
    assert names.differ(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (None, "王小明"), ("", "王小明"), ("  ", "李佳"), ("王小明", "王 小明"), ("谭**", "谭小明"), ("谭*", "谭小明"),
        ("王先生", "王小明"), ("老王", "王小明"), ("王哥", "王先生"), ("欧阳女士", "欧阳娜"), ("王女士", "王**"),
        ("姚伟(冰箱)", "姚伟"), ("黄梓鹏 VIP", "黄梓鹏"), ("吴霞老客户", "吴霞"), ("Li Wei", "WEI  LI"), ("J Smith", "John Smith"),
        ("Mr Smith", "John Smith"), ("Smith, John", "John Smith"), ("Li Wei", "李伟"), ("***", "王小明"), ("Ｌｉ Wei", "li wei"),
    ],
)  # fmt: skip
def test_may_be_one_person(left, right):
    assert not names.differ(left, right)
    assert not names.differ(right, left)


def test_a_mask_corroborates_only_when_it_fits_character_by_character():
    assert names.corroborates("谭**", "谭小明")
    assert not names.corroborates("谭**", "谭明")
    assert not names.corroborates("谭**", "谭**")
    assert not names.corroborates("王先生", "王小明")
    assert names.corroborates("王小明", " 王小明")


@pytest.mark.parametrize(
    ("left", "right", "wrong"),
    [
        ("李佳", "李加", True),
        ("陈思", "陈思慧", True),
        ("Jon Smith", "John Smith", True),
        ("李佳", "王芳", False),
    ],
)
def test_misspelt(left, right, wrong):
    assert names.misspelt(left, right) is wrong


@pytest.mark.parametrize(
    ("left", "right", "differ"),
    [
        ("1984-05-06", "1991-02-03", True),
        ("1984-05-06", "1984-05-06", False),
        ("1984-05-06", "1984-06-05", False),
        ("1984-05-06", None, False),
        ("1990-01-01", "1984-05-06", False),
    ],
)
def test_birthdays(left, right, differ):
    assert names.birthdays_differ(left, right) is differ
    assert names.birthdays_differ(right, left) is differ


@pytest.mark.parametrize(
    ("phone", "masked", "fits", "refutes"),
    [
        ("+8613800138000", "138****8000", True, False),
        ("+8613800138000", "139****8000", False, True),
        ("+8613800138000", "****8000", False, False),
        ("+8613800138000", None, False, False),
        ("d41d8cd98f00b204e9800998ecf8427e", "138****8000", False, False),
    ],
)
def test_masked_phones(phone, masked, fits, refutes):
    assert names.mask_fits(phone, masked) is fits
    assert names.mask_refutes(phone, masked) is refutes


@pytest.mark.parametrize(
    ("name", "birth_date", "other_name", "other_birth_date", "two"),
    [
        ("王小明", "1984-05-06", "李佳", "1991-02-03", True),
        ("王小明", None, "李佳", None, True),
        ("王小明", "1984-05-06", "李佳", "1984-05-06", False),
        ("王小明", "1984-05-06", "王小明", "1991-02-03", False),
        ("王小明", None, "王晓明", None, False),
        ("王小明", "1984-05-06", "王晓明", "1991-02-03", True),
        (None, "1984-05-06", None, "1991-02-03", True),
        (None, None, "李佳", "1991-02-03", False),
        ("王小明", "1990-01-01", "李佳", "1990-01-01", True),
    ],
)
def test_profiles_contradict(name, birth_date, other_name, other_birth_date, two):
    assert profiles.contradict(name, birth_date, other_name, other_birth_date) is two
    assert profiles.contradict(other_name, other_birth_date, name, birth_date) is two
