"""Family names, for knowing where a name begins in running text and how much of it may be shown (pure)."""

COMPOUND = frozenset({
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "长孙",
    "司徒", "夏侯", "端木", "百里", "呼延", "轩辕", "闻人", "独孤", "南宫", "司空", "太史", "申屠",
    "公冶", "澹台", "淳于", "单于", "赫连", "钟离", "鲜于", "闾丘", "濮阳", "拓跋", "完颜", "西门",
    "万俟", "公羊", "第五", "纳兰", "叶赫",
})  # fmt: skip

# Words of everyday speech that are family names too (和, 有, 都, 时, 从 …) are left out on purpose.
SINGLE = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟"
    "汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严"
    "牛温芦季俞章鲁葛伍韦申尤毕聂丛焦柳邢路岳齐梅莫庄辛管祝左涂谷祁耿牟卜骆柯房欧隋褚娄窦关甘车祖翁佟肖闫涛楚裴解舒冉"
    "屈鲍覃霍宁桂凌霖盛单苗阮纪戚靳卓项巩蒲尚凤简卫饶瞿苟闵宗占查胥冷敖麦古蓝匡植仇糜淦伏迟郎沙滕巫包蔺郁官刁燕晏"
    "吉阳鄢代丘晋劳储边曲姬屠詹喻花臧郜沃麻桑芮桓成"
)

# Second characters that make a place or a thing of what looks like a name: 王府, 马路, 高空, 石材, 文庙 …
NOT_IN_NAMES = frozenset(
    "路街道巷弄村庄镇乡县区市省湾沟坝桥府苑园城楼栋幢号室厦店厂场馆院校庙寺站口门坊里家某们的了是在有和与"
)


def surname_length(name: str) -> int:
    """How many characters of a Chinese name are the family name: 2 for a compound one, else 1."""
    return 2 if name[:2] in COMPOUND and len(name) > 2 else 1
