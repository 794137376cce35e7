"""Ways of writing each defect, as (language, text of the clean policy, what stands in its place). Invented for the tests."""

from access_log.policy.lint.findings import Defect
from tests.notice_texts import CLEAN

ZH, EN = "zh-CN", "en"
RIGHTS_ZH = (
    "1. 您可以查阅、复制、更正、补充和删除个人信息，可以请求转移给您指定的处理者，可以限制或拒绝处理，也可以要求我们解释说明本规则。\n"
    "2. 您去世后，近亲属可以查阅、复制、更正、删除相关信息。"
)
RIGHTS_EN = (
    "You may see, copy, correct, complete and delete your data, have it transferred to somebody else, restrict its use or object to it,\n"
    "   and have the rules explained to you. After a death, close relatives may do the same."
)
REFUSAL_ZH = "4. 拒绝请求的，我们会书面说明理由；您可以向人民法院提起诉讼。"
REFUSAL_EN = "3. If we refuse a request we give the reasons, and you may go to court."
CHANGE_ZH = "变更减损您权利的，我们提前 10 日以邮件通知，期满后生效；其他变更公布后说明。"
CHANGE_EN = "You are told of changes by mail at least 10 days before they take effect."
SUCCESSOR_ZH = "如发生合并或分立而需要转移个人信息，我们会事先告知您接收方的名称和联系方式。"
SUCCESSOR_EN = (
    "If we merge or are sold and your data is transferred, we tell you beforehand the name of the recipient and how to reach them."
)
CONTROLLER_ZH = "## 一、我们是谁\n\n个人信息处理者：北岸数据服务有限公司。个人信息保护负责人：赵经理，电话 010-88886666。"
CONTROLLER_EN = (
    "## 1. Who we are\n\nThe controller is Harbour Street Hosting Ltd. The data protection lead answers at privacy@harbour.example."
)
CHANNELS_ZH = "- 在线表单：本网站“个人信息请求”页面\n- 电话：010-88886666\n- 邮寄地址：北岸路 1 号"
SENSITIVE_ZH = (
    "### 3. 敏感信息的必要性和影响\n进出时间可能反映您的行踪，属于敏感信息。没有它就无法在紧急情况下清点人数，因此处理是必要的；"
    "可能的影响是他人据此推断您的行程，我们只在本机房内记录，以降低风险。"
)
SENSITIVE_EN = (
    "Times of entry may show your whereabouts, which is sensitive. They are necessary to count people in an emergency; the risk for you\n"
    "is that somebody learns where you were, so they are recorded here only."
)
CONSENT_ZH = "阅读本规则不等于同意。仅对您自愿填写的内容征得同意，您可以随时撤回，撤回不影响进入。"
CONSENT_EN = "Reading this is not consent. What you add voluntarily rests on your express consent, which you can withdraw."
RECIPIENT_ZH = "我们向供应商青松物业提供来访单位名称，用于放行清洁车辆。接收方名称：青松物业；联系方式：0591-87654321；方式：纸质单据。"
RECIPIENT_EN = (
    "We share the company you come for with one provider, Pine Cleaning. Contact: pine@cleaning.example. Purpose: letting cleaning carts\n"
    "in."
)

WAYS: dict[Defect, list[tuple[str, str, str]]] = {
    Defect.NO_PERIOD: [
        (ZH, "保存期限：离开后 6 个月，到期后删除姓名，其余转为去标识化记录。", "我们只在业务需要的时间内保存，到期后删除。"),
        (ZH, "保存期限：离开后 30 天，到期后删除。", "期满后删除。"),
        (EN, "It is kept for 6 months after the visit, then deleted.", "It is kept for as long as our business needs it, then deleted."),
        (EN, "They are kept until you close the account, then deleted.", "They are deleted afterwards."),
    ],
    Defect.NO_AFTER_EXPIRY: [
        (ZH, "保存期限：离开后 30 天，到期后删除。", "保存期限：离开后 30 天。"),
        (ZH, "保存至账户注销为止，此后删除。", "保存至账户注销为止，之后作匿名化或删除处理。"),
        (EN, "It is kept for 6 months after the visit, then deleted.", "It is kept for 6 months after the visit."),
        (EN, "kept until you close the account, then deleted.", "kept until you close the account, and then anonymised or deleted."),
    ],
    Defect.RECIPIENTS_NOT_NAMED: [
        (ZH, RECIPIENT_ZH, "为完成服务，我们会把来访单位名称共享给合作方，并与其签署保密条款。"),
        (ZH, RECIPIENT_ZH, "我们可能委托第三方处理部分来访资料，并要求其保密。"),
        (EN, RECIPIENT_EN, "We may share the company you come for with trusted partners under confidentiality agreements."),
        (EN, RECIPIENT_EN, "Data is disclosed to our affiliates and vendors where the service needs it."),
    ],
    Defect.SENSITIVE_UNEXPLAINED: [
        (ZH, SENSITIVE_ZH, "### 3. 核验\n我们还会收集您的身份证号码、姓名和人脸照片，保存 30 天后到期删除。"),
        (ZH, SENSITIVE_ZH, "### 3. 结算\n为开具发票，我们会收集联系人的姓名和银行卡号码，保存 6 个月，到期后删除。"),
        (EN, SENSITIVE_EN, "We also record your name and your passport number. It is kept for 30 days, then deleted."),
        (EN, SENSITIVE_EN, "We collect your name and facial photos at the gate. They are kept for 30 days, then deleted."),
    ],
    Defect.CONSENT_BY_USE: [
        (ZH, CONSENT_ZH, "您进入本机房，即视为已阅读并接受本规则的全部内容。"),
        (ZH, CONSENT_ZH, "若您继续登记来访，则代表您授权我们按本规则处理信息。"),
        (ZH, CONSENT_ZH, "您未在三日内提出异议的，视为同意本规则。"),
        (EN, CONSENT_EN, "By entering the building you agree to these rules."),
        (EN, CONSENT_EN, "Your continued use of the portal constitutes acceptance of this policy."),
        (EN, CONSENT_EN, "Visitors who come in are deemed to have consented."),
    ],
    Defect.RIGHTS_INCOMPLETE: [
        (ZH, RIGHTS_ZH, "1. 您可以查阅、更正和删除个人信息。\n2. 您可以撤回同意或注销账户。"),
        (ZH, "2. 您去世后，近亲属可以查阅、复制、更正、删除相关信息。\n", ""),
        (ZH, "，也可以要求我们解释说明本规则", ""),
        (EN, RIGHTS_EN, "You may see, correct and delete your data."),
        (EN, " have it transferred to somebody else,", ""),
    ],
    Defect.CONTROLLER_UNNAMED: [
        (ZH, CONTROLLER_ZH, "## 一、总则\n\n请在 [填写公司名称] 的官方页面查看本规则。"),
        (ZH, CONTROLLER_ZH, "## 一、总则\n\n本机房重视您的隐私。"),
        (EN, CONTROLLER_EN, "## 1. Preface\n\nThis policy is published on [insert website]."),
        (EN, CONTROLLER_EN, "## 1. Preface\n\nYour privacy matters to us."),
    ],
    Defect.PLACEHOLDER: [
        (ZH, "> 版本：3.2", "> 网址：【待补充】"),
        (ZH, "- 邮寄地址：北岸路 1 号", "- 邮寄地址：________"),
        (EN, "Write to privacy@harbour.example", "Write to privacy@harbour.example or <your postal address>"),
        (EN, "## 1. Who we are\n", "## 1. Who we are\n\nLast updated: TBD.\n"),
    ],
    Defect.CHANNEL_INCONVENIENT: [
        (ZH, CHANNELS_ZH, "- 用户群号：55667788\n- 寄送地址：北岸路 1 号，综合部收"),
        (ZH, CHANNELS_ZH, "请写信至北岸路 1 号。"),
        (EN, "Write to privacy@harbour.example or ask at the desk.", "Ask in our Telegram group, or write to 1 Harbour Street."),
    ],
    Defect.CLOCKS_DIFFER: [
        (ZH, "- 邮寄地址：北岸路 1 号", "- 邮寄地址：北岸路 1 号\n\n我们将在核实您的身份之后，在法律规定的时限内回复。"),
        (ZH, "## 六、未成年人", "一般情况下，我们会在 15 日内回复您的请求。\n\n## 六、未成年人"),
        (EN, "or ask at the desk.", "or ask at the desk. Once we have verified your identity we respond within the statutory time limit."),
        (EN, "## 7. Minors", "We normally reply within 30 days.\n\n## 7. Minors"),
    ],
    Defect.REFUSAL_UNEXPLAINED: [
        (ZH, REFUSAL_ZH, "4. 对不合理的请求，我们可以不予处理。"),
        (ZH, "；您可以向人民法院提起诉讼", ""),
        (EN, REFUSAL_EN, "3. We may refuse unreasonable requests."),
        (EN, "we give the reasons, and you may go to court", "you may go to court"),
    ],
    Defect.UNDER_14_MISSING: [
        (ZH, "不满十四周岁的儿童的信息，一经发现立即删除。", "发现未成年人信息的，立即删除。"),
        (EN, "Data about children under 14 is deleted as soon as it is found.", "Data about minors is deleted as soon as it is found."),
    ],
    Defect.EFFECTIVE_AT_ONCE: [
        (ZH, CHANGE_ZH, "我们会不时修改本规则，修改自公布之日起生效；重大变更会以公告通知。"),
        (ZH, CHANGE_ZH, "本规则更新后立即生效。"),
        (EN, CHANGE_EN, "We may update this policy at any time; changes take effect immediately."),
        (EN, CHANGE_EN, "Amendments are effective upon publication, and important ones are announced by mail."),
    ],
    Defect.SUCCESSOR_UNNAMED: [
        (ZH, SUCCESSOR_ZH, "如发生收购或破产清算，个人信息将移交给承继者，由其继续遵守本规则。"),
        (ZH, SUCCESSOR_ZH, "公司分立时，我们会要求获得转移信息的一方继续履行本规则，并公告通知。"),
        (EN, SUCCESSOR_EN, "In a merger or acquisition your data may be transferred, and the new owner remains bound by this policy."),
    ],
}  # fmt: skip


def all_defects(language: str) -> tuple[str, set[Defect]]:
    """The clean policy with every defect in it, each in the first way that still fits, and which those are."""
    text = CLEAN[language]
    for defect, ways in WAYS.items():
        if defect is not Defect.PLACEHOLDER:  # one and the same finding where the controller is not named either
            old, new = next((old, new) for spoken, old, new in ways if spoken == language and old in text)
            text = text.replace(old, new)
    return text, set(Defect) - {Defect.PLACEHOLDER, Defect.DIFFERS_FROM_POLICY}
