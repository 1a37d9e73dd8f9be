"""Generated customers, some of them twice with the errors that people and tills make, in Chinese and Latin writing.

A function of the number of people and the seed. Names and cities are as unevenly spread as real ones: a few are very
common. One in ten is an earlier customer again (each at most once), written otherwise, with no identifier in common.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import accumulate
from random import Random

AGAIN = 0.1
HOUSEHOLD = 0.06
LATIN = 0.15
SURNAMES = "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚文"
GIVEN = "伟芳娜敏静丽强磊洋艳勇军杰娟涛明超秀霞平刚桂英华建国志文宇浩然子轩梓涵欣怡佳琪雨婷思雅博晨嘉俊凯鹏飞玲红梅兰云莉雪琳颖慧巧美清珍海波成龙春燕永健世广义兴良山仁宁贵福生元全胜学祥才发新利顺信泽楠榕风航弘"
HOMOPHONES = dict(zip("伟静明浩志佳雨晨华", "玮婧鸣昊智嘉宇辰桦", strict=True))
SPELLED = {"王": "Wang", "李": "Li", "张": "Zhang", "刘": "Liu", "陈": "Chen", "伟": "Wei", "静": "Jing", "明": "Ming",
           "华": "Hua", "文": "Wen", "宇": "Yu", "浩": "Hao", "建": "Jian", "国": "Guo", "丽": "Li", "强": "Qiang"}  # fmt: skip
FIRST = "James Mary John Linda Robert Susan Michael Karen David Lisa William Nancy Thomas Emma Daniel Olivia Paul Anna Mark Sofia Luis Maria Jean Claire Peter Julia Erik Ingrid Ivan Olga Ahmed Fatima Raj Priya Kenji Yuki".split()
LAST = "Smith Johnson Williams Brown Jones Garcia Miller Davis Martin Anderson Taylor Thomas Moore Jackson White Harris Clark Lewis Walker Young King Wright Lopez Hill Scott Green Adams Baker Nelson Carter Mitchell Roberts Turner Phillips Campbell Parker Evans Edwards Collins Stewart Morris Murphy Cook Rogers Morgan Cooper Peterson Reed Bailey Kelly Howard Ward Cox Diaz Schmidt Weber Rossi Ferrari Dubois Petrov Novak Silva Tanaka Nguyen Singh Khan".split()
CITIES = [
    *(("上海", "上海"), ("北京", "北京"), ("广东", "深圳"), ("广东", "广州"), ("浙江", "杭州"), ("四川", "成都"), ("重庆", "重庆")),
    *(("江苏", "南京"), ("江苏", "苏州"), ("湖北", "武汉"), ("陕西", "西安"), ("天津", "天津"), ("山东", "青岛"), ("山东", "济南")),
    *(("湖南", "长沙"), ("河南", "郑州"), ("辽宁", "大连"), ("辽宁", "沈阳"), ("福建", "厦门"), ("福建", "福州"), ("浙江", "宁波")),
    *(("安徽", "合肥"), ("云南", "昆明"), ("黑龙江", "哈尔滨"), ("吉林", "长春"), ("河北", "石家庄"), ("江西", "南昌")),
]  # fmt: skip
ROADS = "中山 人民 解放 建设 和平 胜利 香港中 延安 南京 北京 文化 新华 长江 黄河 青年 迎宾 学府 滨海 朝阳 光明".split()
HOMES = "中海国际 万科城 绿城百合 保利花园 金地格林 阳光小区 锦绣园 世纪城 海景苑 书香门第".split()
KNOWN = {
    "name": 0.85,
    "gender": 0.5,
    "birth_date": 0.4,
    "city": 0.6,
    "address": 0.4,
    "phone": 0.7,
    "email": 0.2,
}
TITLES = ("先生", "女士", "小姐", "老师")


@dataclass(slots=True)
class Customer:
    """What one account says. `person` is the truth: the number of the customer who was first of the same person."""

    number: int
    person: int
    name: str = ""
    gender: str = ""
    birth_date: str = ""
    province: str = ""
    city: str = ""
    address: str = ""
    phone_masked: str = ""
    phone: str = ""
    email: str = ""
    home: tuple = field(default=(), repr=False)

    def traits(self) -> dict[str, str]:
        """What is told of the person, by name of the trait."""
        told = ("name", "gender", "birth_date", "province", "city", "address", "phone_masked")
        return {name: value for name in told if (value := getattr(self, name))}


class Weighted:
    """A choice among values of which each is less frequent than the one before."""

    def __init__(self, values, *, flatness: float):
        self.values = list(values)
        self.weights = list(accumulate(1 / (place + flatness) for place in range(len(self.values))))

    def draw(self, chance: Random):
        return chance.choices(self.values, cum_weights=self.weights)[0]


CHINESE_SURNAME, CHINESE_GIVEN = Weighted(SURNAMES, flatness=3), Weighted(GIVEN, flatness=15)
LATIN_FIRST, LATIN_LAST = Weighted(FIRST, flatness=10), Weighted(LAST, flatness=10)
CITY = Weighted(CITIES, flatness=4)


def made(*, count: int, seed: int = 1) -> Iterator[Customer]:
    """`count` customers, numbered from 1."""
    chance, recent = Random(seed), []
    for number in range(1, count + 1):
        drawn = chance.random()
        if recent and drawn < AGAIN:
            yield _told(_again(recent.pop(chance.randrange(len(recent))), number, chance), chance)
            continue
        like = recent[-1] if recent and drawn < AGAIN + HOUSEHOLD else None
        whole = _whole(number, chance, like)
        recent.append(whole)
        if len(recent) > 1000:
            recent.pop(chance.randrange(500))
        yield _told(whole, chance)


def _whole(number: int, chance: Random, like: Customer | None) -> Customer:
    """Everything about a new person; who lives with `like` has their address and often their surname."""
    latin = chance.random() < LATIN
    surname = (LATIN_LAST if latin else CHINESE_SURNAME).draw(chance)
    if like and chance.random() < 0.4:
        latin, surname = like.home[0], like.home[1]
    place, address = (like.home[2], like.home[3]) if like else (CITY.draw(chance), _address(chance))
    given = LATIN_FIRST.draw(chance) if latin else _given(chance)
    return Customer(
        number=number,
        person=number,
        name=f"{given} {surname}" if latin else surname + given,
        gender=chance.choice(("male", "female")),
        birth_date=f"{min(2008, max(1940, round(chance.gauss(1985, 14))))}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        province=place[0],
        city=place[1],
        address=address,
        phone=_phone(chance),
        email=_email(chance),
        home=(latin, surname, place, address),
    )


def _given(chance: Random) -> str:
    return "".join(CHINESE_GIVEN.draw(chance) for _ in range(chance.choice((1, 2, 2))))


def _phone(chance: Random) -> str:
    return f"+861{chance.randint(30, 99)}{chance.randint(0, 99_999_999):08}"


def _email(chance: Random) -> str:
    domain = chance.choice(("qq.com", "163.com", "gmail.com", "outlook.com"))
    return f"{chance.choice(FIRST).lower()}{chance.randint(1, 99_999_999)}@{domain}"


def _address(chance: Random) -> str:
    return (
        f"{chance.choice(ROADS)}路{chance.randint(1, 999)}号{chance.choice(HOMES)}"
        f"{chance.randint(1, 30)}号楼{chance.randint(1, 4)}单元{chance.randint(1, 28)}0{chance.randint(1, 4)}"
    )


def _again(whole: Customer, number: int, chance: Random) -> Customer:
    """The same person by another telephone and e-mail: misspelt, moved, mistyped, or as it was."""
    told = replace(whole, number=number, phone=_other_phone(whole.phone, chance))
    told.email = f"{whole.email.partition('@')[0]}@139.com" if chance.random() < 0.3 else _email(chance)
    told.name = _other_name(whole.name, chance)
    if (drawn := chance.random()) < 0.15:
        told.birth_date = _mistyped(whole.birth_date, chance)
    if drawn > 0.7:
        told.address = _address(chance)
    elif drawn > 0.4:
        told.address = whole.address.replace("号楼", "栋").replace("单元", "-")
    return told


def _other_phone(phone: str, chance: Random) -> str:
    if chance.random() > 0.1:
        return _phone(chance)
    place = chance.randrange(6, len(phone) - 1)
    return phone[:place] + phone[place + 1] + phone[place] + phone[place + 2 :]


def _other_name(name: str, chance: Random) -> str:
    drawn = chance.random()
    if name.isascii():
        place = chance.randrange(1, len(name) - 1)
        return name[:place] + name[place + 1 :] if drawn < 0.2 else name
    if drawn < 0.08:
        return name[:-1] + HOMOPHONES.get(name[-1], name[-1])
    if drawn < 0.14:
        return name[:-1] + CHINESE_GIVEN.draw(chance)
    if drawn < 0.2 and all(letter in SPELLED for letter in name):
        return " ".join(SPELLED[letter] for letter in (*name[1:], name[0]))
    return name


def _mistyped(day: str, chance: Random) -> str:
    year, month, date = day.split("-")
    if chance.random() < 0.3 and int(date) <= 12:
        return f"{year}-{date}-{month}"
    return f"{year}-{month}-{chance.randint(1, 28):02}"


def _told(whole: Customer, chance: Random) -> Customer:
    """What one channel knows of it: fields are missing, names and telephones masked."""
    told = replace(whole, person=whole.person)
    for name, share in KNOWN.items():
        if chance.random() > share:
            setattr(told, name, "")
    if not told.city:
        told.province = ""
    if not told.phone and chance.random() < 0.4:
        told.phone_masked = f"{whole.phone[3:6]}****{whole.phone[-4:]}"
    if told.name and not told.name.isascii():
        told.name = _shown(told.name, chance)
    return told


def _shown(name: str, chance: Random) -> str:
    drawn = chance.random()
    if drawn < 0.15:
        return name[0] + "*" * (len(name) - 1)
    return name[0] + chance.choice(TITLES) if drawn < 0.2 else name
