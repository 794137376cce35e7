"""The words in which policies say things, Chinese and English. Patterns of ways to say something, never of one text."""

import re

DIGITS = "一二两三四五六七八九十百"
ASKED = r"(?:请求|要求|申请|诉求|来函|request|query|inquiry|enquiry)"


def words(*patterns: str) -> re.Pattern[str]:
    """Any of these."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


PERIOD = words(
    rf"(?:\d+|[{DIGITS}]+)\s*(?:个)?(?:工作日|自然日|月|年|周|星期|日|天|小时|分钟)(?![一-龥]?(?:\d|生效|更新))",
    r"\b(?:\d+|one|two|three|six|seven|twelve|thirty|ninety)\s+(?:working |business |calendar )?(?:hours?|"
    r"days?|weeks?|months?|years?|minutes?)\b",
)
"""A length of time with a number."""
PERIOD_RULE = words(
    r"(?:直至|至|到)[^，。；]{1,20}(?:为止|结束|终止|注销|移除|撤回)(?:后|时|为止)?",
    r"\buntil (?:it|you|the|your|this)\b",
    r"不(?:作|予|会)?(?:记录|保存|留存|存储)",
    r"\bnot (?:recorded|stored|kept|retained)\b",
)
"""A way to determine one: until something happens, or never kept at all."""
KEEPS = words(r"保存|存储|储存|留存|保留|存留", r"\b(?:kept|keep|keeps|retain\w*|stor(?:e|ed|age)|retention|hold|held)\b")
COLLECTS = words(r"收集|采集|登记|记录下|获取您", r"\b(?:collect\w*|record(?:s|ed)?|register\w*|gather\w*)\b")
OVER = words(
    r"(?:到期|期满|届满|超过(?:上述|该|此|前述)?(?:期限|时间|时限)|逾期|超期|期限(?:届满|结束))",
    r"\b(?:after (?:that|this|the|which)|then|once (?:the|this|that)|when (?:the|this|"
    r"that) .{0,20}(?:ends|expires|over)|upon expiry|expir\w+)\b",
)
GONE = words(r"删除|销毁|抹除|清除|匿名化|去标识|覆盖", r"\b(?:delet\w*|destroy\w*|eras\w*|anonymi[sz]\w*|de-identif\w*|overwrit\w*)\b")
EITHER_OR = words(
    r"(?:删除|销毁|清除)(?:处理)?(?:或者?|/|、|及/或|和/或)(?:进行|做)?(?:匿名|去标识)",
    r"(?:匿名化?|去标识化?)(?:处理)?(?:或者?|/|及/或|和/或)(?:删除|销毁|清除)",
    r"\bdelet\w* (?:or|and/or) (?:\w+ )?anonymi",
    r"\banonymi\w* (?:or|and/or) delet",
)
"""One or the other, nobody knows which."""

SHARES = words(
    r"共享|提供给|披露给|委托[^，。]{0,12}处理|转交|传输给|交由",
    r"\b(?:shar(?:e|es|ed|ing)|disclos\w*|provid\w+ (?:it|them|data|information) to|given to|pass\w* on)\b",
)
SHARES_NOT = words(
    r"(?:不|不会|绝不|均不|未|不得|从不)(?:与|向|对)?[^，。；]{0,14}(?:共享|提供|披露|转交|转让)",
    r"\b(?:never|not|nobody|no one|nothing)\b[^.;]{0,40}(?:shar|disclos|provid|given|pass)",
)
SOME_KIND = words(
    r"合作(?:伙伴|方|单位|机构)|关联(?:公司|方|企业)|服务(?:提供)?商|供应商|第三方|承包商|附属公司|业务伙伴",
    r"\b(?:partners?|affiliates?|subsidiar\w+|(?:service )?providers?|vendors?|suppliers?|third part\w+|contractors?)\b",
)
"""A kind of recipient instead of one."""
NAMED_ONE = words(
    r"(?:接收方|受托方|受托人|合作方|名称)[^。；]{0,40}(?:联系(?:方式|人|电话)|电话|邮箱)",
    r"联系方式[：:]",
    r"(?:清单|名单|目录|列表)(?:见|如下|载明|请见|附后)|(?:附件|附表)[^。]{0,8}(?:清单|名单)",
    r"\bcontact(?:s|ed)?\s*[:：]",
    r"\b(?:list(?:ed)? (?:of|in|below)|annex|schedule) [^.]{0,40}recipients?",
    r"recipients?[^.]{0,40}(?:named|listed)",
)

SENSITIVE_DATA = words(
    r"身份证|证件(?:号|信息|照片|影像)|身份信息|护照号|银行(?:账户|账号|卡)|支付信息|金融账户|生物识别|人脸|指纹|虹膜|声纹|行踪|轨迹|健康|医疗|病历|宗教|基因|敏感",
    r"\b(?:identity (?:document|card|number|information)|passport number|bank account|payment (?:card|"
    r"data|information|details)|biometric\w*|facial|fingerprint\w*"
    r"|whereabouts|health|medical|religio\w+|sensitive)\b",
)
NECESSARY = words(r"必要|必需|没有它|不可或缺|无法(?:实现|完成|知道)", r"\b(?:necess\w*|needed|required|without (?:it|them|this))\b")
IMPACT = words(r"影响|风险|后果|危害", r"\b(?:impact|affect\w*|risk\w*|consequence\w*|effect on|mean for you|harm)\b")

USE = words(
    r"(?:使用|访问|登录|浏览|进入|注册|登记|来访|办理|入场|参观|点击|下载|开通)[^。；]{0,40}(?:即|则|便|就|视为|视同|表示|表明|代表|意味着|等同于)[^。；]{0,24}(?:同意|接受|认可|授权|许可)",
    r"(?:未|没有|不)[^。；]{0,10}(?:提出)?(?:异议|反对)[^。；]{0,12}(?:视为|即|则)[^。；]{0,12}(?:同意|接受)",
    r"\bby (?:us|access|visit|enter|continu|regist|brows|sign)\w*\b[^.;]{0,80}\byou (?:\w+ ){0,3}(?:agree|consent|accept)",
    r"\b(?:use|access|entry|visit)\b[^.;]{0,50}\b(?:constitutes?|implies|means|signif\w+|"
    r"deemed)\b[^.;]{0,40}\b(?:consent|accept\w*|agree\w*)",
    r"\bdeemed to (?:have )?(?:agree|consent|accept)\w*",
)
USE_NOT = words(
    r"(?:不|并非|并不)(?:等于|视为|视同|代表|意味着|表示|构成|以)[^。；]{0,12}(?:同意|接受|授权)",
    r"不以同意为",
    r"\b(?:not|never)\b[^.;]{0,30}\b(?:consent|agree|accept)",
)

RIGHTS: dict[str, re.Pattern[str]] = {
    "copy": words(r"复制|副本|拷贝", r"\bcop(?:y|ies)\b"),
    "transfer": words(
        r"转移(?!至境外)[^。；]{0,14}(?:指定|其他|给)|(?:请求|有权)[^。；]{0,10}转移|可携带|数据携带",
        r"\b(?:portab\w+|transferred? to (?:somebody|someone|another|a))",
    ),
    "restrict": words(
        r"限制(?:或者?拒绝)?(?:[^。；]{0,10}处理|使用)|拒绝(?:我们)?(?:对其)?[^。；]{0,6}处理|限制权|限制或拒绝",
        r"\b(?:restrict\w*|object(?:ion)? to)\b",
    ),
    "explain": words(r"解释(?:说明|权)?|说明处理规则|要求[^。；]{0,12}说明", r"\bexplain\w*|explanation\b"),
    "deceased": words(r"死亡|去世|逝世|身故|近亲属|遗属", r"\b(?:death|deceased|died|next of kin|close relatives)\b"),
}
"""What the law adds to access, correction, deletion and withdrawal (PIPL 44, 45, 48, 49)."""
RIGHTS_SECTION = words(
    r"您的权利|用户权利|(?:个人信息)?主体(?:的)?权利|权利(?:如下|包括)|访问权|查阅权|更正权",
    r"\byour rights\b|\brights of\b|\bright of access\b",
)

PLACEHOLDER = words(
    r"[\[【（(<〔{]\s*(?:请|待|此处|需)?(?:填写|补充|填入|插入|输入|完善|替换)[^\]】）)>〕}]{0,30}[\]】）)>〕}]",
    r"[\[【<〔{]\s*(?:公司|单位|企业|网站|网址|官网|日期|邮箱|电话|地址)[^\]】>〕}]{0,14}[\]】>〕}]",
    r"[xX×]{3,}(?:公司|有限|机房|中心)|某某(?:公司|单位)",
    r"_{4,}|＿{3,}|\bT(?:ODO|BD)\b|\{\{[^}]*\}\}",
    r"[\[<{]\s*(?:insert|your|company|name of|enter|fill|website|date|email|phone|address)[^\]>}]{0,40}[\]>}]",
)
LEGAL_NAME = words(
    r"[一-龥（）()A-Za-z]{2,30}(?:有限责任公司|股份有限公司|有限公司|集团公司|合伙企业|研究院|事务所)",
    r"\b[A-Z][\w&.,' -]{1,40}\b(?:Ltd|Limited|Inc|LLC|GmbH|Corp|PLC|Co\.|S\.A\.)",
    r"(?:个人信息处理者|信息控制者|数据控制者|运营(?:者|主体|单位)|责任主体)(?:名称)?(?:是|为|：|:)\s*[^，。；\s]{3,}",
    r"\b(?:controller|operator)\s*(?:is|:)\s+\S{3,}",
)
CONTROLLER_SECTION = words(
    r"谁[^。]{0,6}负责|处理者(?:信息|是谁)|我们是谁|关于我们", r"\bwho (?:answers|we are|is responsible|controls)\b|\bcontroller\b"
)

CONTACT_SECTION = words(
    r"联系(?:我们|方式)|如何(?:联系|行使)|行使(?:您的)?权利|提出请求",
    r"\b(?:contact us|how to (?:contact|reach|ask|exercise)|ways to ask|exercise your rights)\b",
)
CONTACT_SENTENCE = words(r"行使(?:您的)?权利|提出请求|联系我们", r"\b(?:contact us|ways to ask|exercise your rights)\b")
CONVENIENT = words(
    r"(?:电子)?邮(?:箱|件)(?!地址：?\s*[一-龥])|电话|热线|拨打|客服|在线|网页|网站(?:表单|提交)|表单|自助|页面|门户|(?:保安|服务|前台|接待)台|"
    r"\b[\w.+-]+@[\w-]+\.\w+|(?<!\d)1[3-9]\d{9}(?!\d)|0\d{2,3}-\d{7,8}",
    r"\b(?:e-?mail|phone|call|hotline|online|web ?form|your own page|portal|desk|in person)\b|@[\w-]+\.\w+",
)
GROUP = words(
    r"(?:交流|QQ|微信|用户|客户)?群(?:聊|号|组)?(?=[\s：:\d]|$|中|内|里)|群聊|QQ\s*群|微信群|论坛|贴吧",
    r"\b(?:group chat|chat group|forum|telegram|discord|slack)\b",
)

ANSWERS = words(r"答复|回复|响应|反馈|回应|处理完毕", r"\b(?:answer\w*|respond\w*|response|repl(?:y|ies|ied))\b")
STATUTORY = words(
    r"法定(?:期限|时限|时间)|法律(?:法规)?规定的(?:期限|时限|时间)|合理(?:期限|时间)",
    r"\b(?:statutory (?:period|time|limit)|time (?:limit )?(?:required|set) by law|reasonable (?:time|period))",
)
AFTER_CHECK = words(
    r"(?:验证|核实|核验|确认)[^。；，]{0,10}身份[^。；，]{0,4}(?:之?后|通过)",
    r"\b(?:after|once|upon)\b[^.;]{0,30}\b(?:verif\w*|confirm\w*)\b[^.;]{0,20}\bidentit",
)
OUTERMOST = words(r"最迟|最长|至多|无论如何|不超过", r"\b(?:at the latest|no later than|in any case|at most)\b")

REFUSES = words(
    r"拒绝(?!权|我们|对其|处理|其处理)|不予(?:受理|处理|同意|支持|响应)|驳回|无法满足",
    r"\b(?:refus\w*|reject\w*|declin\w*|turn(?:ed)? down|den(?:y|ied))\b",
)
REASON = words(r"理由|原因|依据", r"\b(?:reasons?|grounds?)\b")
COURT = words(r"您[^。]{0,24}(?:法院|诉讼|起诉)", r"\byou\b[^.]{0,50}\b(?:court|sue)\b")
"""As a way that is open to the person, not as somebody who asks for data."""

MINORS = words(r"未成年|未满(?:18|十八)|儿童|监护人", r"\b(?:minors?|child(?:ren)?|under (?:18|eighteen)|guardian)\b")
UNDER_14 = words(r"(?:14|十四)\s*(?:周?岁)", r"\b(?:under|below|younger than) (?:14|fourteen)\b")

CHANGES = words(r"修订|更新|变更|修改|调整", r"\b(?:chang\w*|updat\w*|amend\w*|revis\w*|modif\w*)\b")
AT_ONCE = words(
    r"(?:自|以|于)?(?:更新|发布|公布|公示|修订)(?:之?日期?|之?时|后)?(?:起|为准|即)?(?:即(?:时|刻)?|立即)?(?:生效|为准)",
    r"生效(?:时间|日期?)?(?:以|为|即)[^。；]{0,8}(?:更新|发布|公布|修订)",
    r"(?:立即|即时|即刻)生效",
    r"\b(?:effective|in force|takes? effect|appl(?:y|ies))\b[^.;]{0,30}\b(?:immediately|upon (?:posting|"
    r"publication)|when (?:posted|published)|as soon as|on the date (?:it is )?(?:posted|published|"
    r"updated))",
)
IN_ADVANCE = words(
    r"提前|事先|事前|预先|(?:生效|实施)(?:之?前)|此后方(?:才|可)?生效",
    r"\b(?:before|in advance|beforehand|prior to|ahead of|prior notice)\b",
)

SUCCESSION = words(
    r"合并|收购|分立|重组|解散|破产|资产(?:转让|出售)|继受",
    r"\b(?:merg\w*|acqui\w*|restructur\w*|bankrupt\w*|insolven\w*|sale of assets|dissol\w*)\b",
)
HANDS_OVER = words(r"转让|转移|移交|继续持有|新的持有|提供", r"\b(?:transfer\w*|pass(?:es|ed)? to|hand\w* over|assign\w*)\b")
TELLS = words(r"告知|通知|公告|说明", r"\b(?:tell|notif\w*|inform\w*|announc\w*|told)\b")
NAME_OF = words(r"名称|姓名|身份", r"\b(?:name|who they are|identity)\b")
CONTACT_OF = words(r"联系方式|联系电话|联系人", r"\b(?:contact|how to reach|reach them)\b")

DATA = words(
    r"姓名|名称|电话|手机|邮箱|邮件|地址|证件|身份|银行|支付|执照|IP|日志|序列号|配置|联系人|时间|记录|流量|位置|照片|车牌|工单|事由|通行码|访客证|单位|负责人|账户",
    r"\b(?:names?|phones?|e-?mail|mail|address(?:es)?|documents?|identity|bank|payment|licen[cs]e|IP|"
    r"logs?|serial|records?|times?|locations?|photos?|plate|badge|pass|company|work order)\b",
)
"""Nouns of data."""
COLLECTING_SECTION = words(r"收集|登记|信息(?:类型|类别|种类)", r"\b(?:collect\w*|record\w*|register\w*|categor\w+)\b")
OTHER_SECTION = words(
    r"(?:使用|处理)目的|用途$|敏感|共享|提供给|权利|安全措施|更新|变更|联系",
    r"\b(?:purposes?|sensitive|shar\w*|given|rights|changes?|contact)\b",
)
"""A heading under which nouns of data are no list of what is taken."""
SHARING_SECTION = words(r"共享|提供给|接收方|转让|披露", r"\b(?:shar\w*|recipients?|given|disclos\w*)\b")
NOT_TAKEN = words(
    r"(?:不|不会|从不|绝不|均不)(?:予|得|再)?(?:记录|收集|保存|存储|读取|处理|留存)",
    r"\b(?:not|never|no) (?:\w+ ){0,2}(?:recorded|collected|stored|kept|written|recognised|read)",
)
EVERYTHING = words(r"所有|全部|上述|以上|各类|前述", r"\b(?:all|every|any|the above|such)\b")
