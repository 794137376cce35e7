"""People who are nowhere but here: whoever finds one of them outside the vault has found a leak."""

NAME = "张测试"
NUMBER = "11010519491231002X"
PHONE = "13987651204"
MAIL = "zhang.ceshi@canary.example"
RARE = "𠮷田䶮"
FOREIGN = "Zoë Q. Canariño"
PLANTED = (NAME, NUMBER, PHONE, MAIL, RARE, FOREIGN)

CAST = (
    "魏伟明", "Ana Lucía Ñúñez", "郝好", "林岚", "陈晨", "芮睿", "庞磅", "徐旭", "阿卜杜拉",
    "wei@nimbus.example", "lin@nimbus.example", "hao@kestrel.example", "wei@yunfan.example", "lin@yunfan.example", "13912345678",
)  # fmt: skip
"""The people of all other tests. (梅梅 is a guard whose name stands in help texts.)"""

CONTROL = "李对照"
"""Put where they must be found, and used for nothing else."""
