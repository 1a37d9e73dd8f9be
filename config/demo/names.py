"""Names and places to draw from."""

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
GIVEN_FEMALE = "芳娜敏静丽艳娟霞秀英玲燕红梅兰婷雪慧莹洁琳璐瑶欣怡佳颖倩蕾薇菲晴悦涵萱雯梦琪诗雅"
GIVEN_MALE = "伟强磊军洋勇杰涛明超刚平辉鹏华飞波斌宇浩凯健俊帆帅旭宁龙林轩博文志建国立泽铭皓然天佑"
LATIN_FEMALE = ("Emma", "Lucía", "Sofía", "Anna", "Marie", "Olivia", "Carmen", "Julia", "Elena", "Nora")
LATIN_MALE = ("James", "Diego", "Lukas", "Marco", "Pablo", "Oliver", "Javier", "Thomas", "Mateo", "Henrik")
LATIN_SURNAMES = (
    "García", "Smith", "Müller", "Rossi", "Fernández", "Brown", "Dubois", "Navarro", "Jensen", "Murphy",
    "Ortega", "Keller", "Silva", "Novák", "Castillo", "Walker",
)  # fmt: skip
NICKNAMES = (
    "快乐每一天", "静待花开", "老王", "小鱼儿", "阳光", "一米阳光", "星辰大海", "厨房小白", "爱吃的猫", "岁月如歌",
    "Sunny", "Momo", "Leo", "Coco", "清风徐来", "家有小宝", "云淡风轻", "向日葵", "奶茶控", "加菲",
)  # fmt: skip

# province, city, share of the customers, phone prefixes are national
PLACES = (
    ("Shandong", "Qingdao", 14), ("Shandong", "Jinan", 9), ("Beijing", "Beijing", 10), ("Tianjin", "Tianjin", 6),
    ("Liaoning", "Shenyang", 6), ("Shanghai", "Shanghai", 11), ("Zhejiang", "Hangzhou", 8),
    ("Jiangsu", "Nanjing", 7), ("Jiangsu", "Suzhou", 6), ("Guangdong", "Guangzhou", 8),
    ("Guangdong", "Shenzhen", 8), ("Sichuan", "Chengdu", 7), ("Hubei", "Wuhan", 4), ("Shaanxi", "Xi'an", 3),
)  # fmt: skip
MOBILE_PREFIXES = (
    "131", "132", "135", "136", "137", "138", "139", "150", "151", "152", "157", "158", "159", "176", "177",
    "180", "182", "183", "185", "186", "187", "188", "189", "198",
)  # fmt: skip
MAIL_HOSTS = ("qq.com", "163.com", "126.com", "gmail.com", "outlook.com", "sina.com")

PRAISE = (
    "很好用，推荐",
    "物流很快",
    "味道不错，会回购",
    "Good value",
    "安装师傅很专业",
    "包装很好",
    "老顾客了",
)
COMPLAINT = ("有点吵", "等了一周才到", "味道一般", "Box was damaged", "客服回复慢")
