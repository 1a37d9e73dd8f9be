import pytest

from identity.candidates import written


def test_a_chinese_name_its_pinyin_and_its_homophone_sound_alike():
    sounds = {
        written.name(text).sound for text in ("沈浩宇", "Shen Haoyu", "Hao Yu Shen", "沈昊宇", "SHEN, Hao-Yu")
    }
    assert len(sounds) == 1
    assert written.name("沈浩然").sound not in sounds


@pytest.mark.parametrize(
    ("text", "surname", "whole", "length"),
    [
        ("欧阳振蓉", "欧阳", "欧阳振蓉", 4),
        ("谭**", "谭", None, 3),
        ("谭*", "谭", None, 2),
        ("王先生", "王", None, None),
        ("李明(老客户)", "李", "李明", 2),
    ],
)
def test_what_a_chinese_name_shows(text, surname, whole, length):
    name = written.name(text)
    assert (name.script, name.surname, name.whole, name.length) == ("han", surname, whole, length)


def test_a_latin_name_has_a_surname_and_the_rest_whatever_its_accents():
    name = written.name("José María Núñez")
    assert (name.script, name.surname, name.given) == ("latin", "nunez", "jose maria")
    assert name.whole == written.name("nunez jose maria").whole
    single = written.name("Waller")
    assert (single.whole, single.surname, single.tokens) == (None, "waller", ("waller",))


@pytest.mark.parametrize("text", [None, "", "***", "  ", "123"])
def test_no_name(text):
    assert written.name(text) is None


def test_a_mask_reveals_only_what_fits_it():
    assert written.fits(masked="谭**", whole="谭志刚")
    assert not written.fits(masked="谭**", whole="谭刚")
    assert not written.fits(masked="谭**", whole="王志刚")
    assert not written.fits(masked="谭志刚", whole="谭志刚")


def test_birthdays():
    assert written.birthday("1984-05-06") == "19840506"
    assert written.swapped("19840506") == "19840605"
    assert written.birthday("1990-01-01") is None
    assert written.birthday("") is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("+8613800138000", "1388000"),
        ("138****8000", "1388000"),
        ("138 **** 8000", "1388000"),
        ("****8000", None),
    ],
)
def test_a_masked_telephone_and_a_whole_one_meet(text, key):
    assert written.phone_key(text) == key


def test_an_address_is_the_same_however_it_is_written():
    one = written.address("香港中路367号中海国际1号楼3单元201")
    assert one == written.address("山东省青岛市香港中路367号 中海国际1栋3-201室", "山东", "青岛")
    assert written.building(one) == "香港中路367-中海国际1"
    assert written.address("12, Main-Street") == written.address("12 main street")
    assert written.address(" ") is None
