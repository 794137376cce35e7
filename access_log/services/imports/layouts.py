"""The columns of the three lists."""

from access_log.models.imports import ImportKind
from access_log.services.spreadsheets import Column, Layout

_YES_NO = (("是", "yes"), ("否", "no"))
YES = frozenset({"是", "yes", "y", "true", "1", "√", "✓", "✔", "有", "对"})
NO = frozenset({"否", "no", "n", "false", "0", "×", "✗", "✘", "无", "-"})
LANGUAGES = {
    "zh-cn": "zh-CN", "zh": "zh-CN", "中文": "zh-CN", "简体中文": "zh-CN", "汉语": "zh-CN", "chinese": "zh-CN",
    "en": "en", "英文": "en", "英语": "en", "english": "en",
}  # fmt: skip

_NAME = Column("name", "姓名", "Name", ("名字", "人员姓名", "技术人员", "联系人", "full name", "technician", "contact"), "张三")
_MAIL = Column(
    "mail",
    "工作邮箱",
    "Work mail",
    ("邮箱", "电子邮箱", "邮件", "电子邮件", "邮箱地址", "mail", "email", "email address", "work email", "mail address"),
    "zhangsan@example.com",
)
_PHONE = Column(
    "phone",
    "手机",
    "Phone",
    (
        "手机号",
        "手机号码",
        "电话",
        "电话号码",
        "联系电话",
        "联系方式",
        "移动电话",
        "mobile",
        "mobile phone",
        "phone number",
        "tel",
        "telephone",
    ),
    "13800138000",
)
_LANGUAGE = Column("language", "语言", "Language", (), "", (("中文", "Chinese"), ("英文", "English")))

LAYOUTS: dict[ImportKind, Layout] = {
    ImportKind.TECHNICIANS: Layout((_NAME, _MAIL, _PHONE, _LANGUAGE), (("name",), ("mail", "phone"))),
    ImportKind.CONTACTS: Layout(
        (
            Column(
                "customer",
                "客户",
                "Customer",
                ("客户名称", "公司", "公司名称", "单位", "单位名称", "company", "organisation", "organization"),
            ),
            _NAME,
            _MAIL,
            _PHONE,
            Column("request", "申请来访", "May request visits", ("可申请", "申请", "申请权限", "request"), "", _YES_NO),
            Column("approve", "批准来访", "May approve visits", ("可批准", "批准", "审批", "批准权限", "审批权限", "approve"), "", _YES_NO),
            Column("report", "查看报告", "May see reports", ("可查看报告", "报告", "报告权限", "report", "reports"), "", _YES_NO),
            _LANGUAGE,
        ),
        (("customer",), ("name",), ("mail",)),
    ),
    ImportKind.CUSTOMERS: Layout(
        (
            Column("name", "客户名称", "Customer name", ("客户", "名称", "公司", "公司名称", "单位名称", "name", "customer", "company")),
            Column(
                "licence",
                "统一社会信用代码",
                "Social credit code",
                ("信用代码", "社会信用代码", "营业执照号", "营业执照", "税号", "licence", "license", "uscc", "unified social credit code"),
            ),
            Column("areas", "区域", "Areas", ("区域代码", "可进入区域", "机房", "area", "area codes")),
            Column(
                "second_approval", "需第二联系人批准", "Second contact approves", ("双人批准", "第二人批准", "second approval"), "", _YES_NO
            ),
        ),
        (("name",),),
    ),
}
