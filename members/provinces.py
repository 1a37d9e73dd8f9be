"""The 34 provinces of China (GB/T 2260), each with one spelling: "Shandong" for 山东, 山东省, "Shandong Province".

What is none of these is kept as it is written: nobody's province is guessed.
"""

# The spelling, the short name, the whole name.
NAMES = (
    ("Beijing", "北京", "北京市"), ("Tianjin", "天津", "天津市"), ("Hebei", "河北", "河北省"), ("Shanxi", "山西", "山西省"),
    ("Inner Mongolia", "内蒙古", "内蒙古自治区"), ("Liaoning", "辽宁", "辽宁省"), ("Jilin", "吉林", "吉林省"),
    ("Heilongjiang", "黑龙江", "黑龙江省"), ("Shanghai", "上海", "上海市"), ("Jiangsu", "江苏", "江苏省"),
    ("Zhejiang", "浙江", "浙江省"), ("Anhui", "安徽", "安徽省"), ("Fujian", "福建", "福建省"), ("Jiangxi", "江西", "江西省"),
    ("Shandong", "山东", "山东省"), ("Henan", "河南", "河南省"), ("Hubei", "湖北", "湖北省"), ("Hunan", "湖南", "湖南省"),
    ("Guangdong", "广东", "广东省"), ("Guangxi", "广西", "广西壮族自治区"), ("Hainan", "海南", "海南省"),
    ("Chongqing", "重庆", "重庆市"), ("Sichuan", "四川", "四川省"), ("Guizhou", "贵州", "贵州省"), ("Yunnan", "云南", "云南省"),
    ("Tibet", "西藏", "西藏自治区"), ("Shaanxi", "陕西", "陕西省"), ("Gansu", "甘肃", "甘肃省"), ("Qinghai", "青海", "青海省"),
    ("Ningxia", "宁夏", "宁夏回族自治区"), ("Xinjiang", "新疆", "新疆维吾尔自治区"), ("Taiwan", "台湾", "台湾省"),
    ("Hong Kong", "香港", "香港特别行政区"), ("Macau", "澳门", "澳门特别行政区"),
)  # fmt: skip
PROVINCES = tuple(english for english, _short, _whole in NAMES)
OTHER = {
    "xizang": "Tibet", "neimenggu": "Inner Mongolia", "nei mongol": "Inner Mongolia", "hongkong": "Hong Kong",
    "macao": "Macau", "臺灣": "Taiwan", "澳門": "Macau",
}  # fmt: skip

ENDINGS = ("", " province", " sheng", " municipality", " city", " shi", " autonomous region", " sar")

# Every way of writing, in small letters → the spelling.
_WORDS = {written.lower(): names[0] for names in NAMES for written in names} | OTHER
SPELLINGS = {word + ending: name for word, name in _WORDS.items() for ending in ENDINGS}


def known(text: str) -> str:
    """The one spelling of a province, or "" of what is none."""
    return SPELLINGS.get(" ".join(text.lower().split()), "")


def spelt(text: str) -> str:
    """The one spelling; what is no province is kept as it is written."""
    return known(text) or text
