"""The policy keys with their defaults, as data: seeded at the root organisation on first run.

Sources are those of the field's table: H the founding document (Haikou, 2019), L a statute,
S a public rule of another place, D our default. A number that is S or D shows as not yet
confirmed until the competent bureau confirms it.
"""

from __future__ import annotations

from typing import Any

from .rules.policy import Basis, Kind, PolicySpec
from .rules.words import N_

_H, _L, _S, _D = Basis.FOUNDING, Basis.STATUTE, Basis.ELSEWHERE, Basis.DEFAULT

_HIRE, _TRAIN, _EXAM, _CERT = N_("选聘与聘期"), N_("培训与学时"), N_("考试"), N_("证书")
_DAILY, _ANNUAL, _PROC, _FIELD = N_("日常考核"), N_("年度考核"), N_("公示与申诉"), N_("工作与补贴")
_SECURE = N_("账号安全")

_TOPICS = (
    ("social_situation", N_("社会形势")),
    ("law_and_policy", N_("法律政策")),
    ("professional_ethics", N_("职业道德")),
    ("professional_knowledge", N_("专业知识")),
    ("mediation_skills", N_("调解技能")),
)


def _int(
    key: str,
    label: str,
    group: str,
    default: int,
    basis: Basis,
    text: str = "",
    unit: str = "",
    low: int = 0,
    high: int = 100_000,
    fixed: bool = False,
) -> PolicySpec:
    return PolicySpec(
        key, Kind.INTEGER, label, group, default, basis, text, unit, low, high, (), fixed
    )


def _table(
    key: str,
    label: str,
    group: str,
    basis: Basis,
    text: str,
    unit: str,
    rows: tuple[tuple[str, str, int], ...],
    low: int = 0,
    high: int = 100_000,
) -> PolicySpec:
    default: dict[str, Any] = {code: value for code, _, value in rows}
    fields = tuple((code, name) for code, name, _ in rows)
    return PolicySpec(key, Kind.TABLE, label, group, default, basis, text, unit, low, high, fields)


def _yes_no(key: str, label: str, group: str, default: bool, basis: Basis, text: str) -> PolicySpec:
    return PolicySpec(key, Kind.BOOLEAN, label, group, default, basis, text)


def _choices(
    key: str,
    label: str,
    group: str,
    basis: Basis,
    text: str,
    options: tuple[tuple[str, str], ...],
    default: list[str],
) -> PolicySpec:
    return PolicySpec(key, Kind.CHOICES, label, group, default, basis, text, fields=options)


_ALL = (
    # 选聘与聘期
    _choices("hire.routes", N_("选聘途径"), _HIRE, _H, N_("《专职人民调解员管理办法》：公开招聘与组织推荐并用"), (("open_recruitment", N_("公开招聘")), ("organisation_recommendation", N_("组织推荐"))), ["open_recruitment", "organisation_recommendation"]),
    _table("eligibility.age", N_("年龄范围（范围外提示，不否决）"), _HIRE, _S, N_("抚顺市"), N_("周岁"), (("low", N_("最低"), 20), ("high", N_("最高"), 70)), 16, 100),
    _choices("eligibility.negative_list", N_("不予选聘的情形"), _HIRE, _S, N_("抚顺市"), (("criminal_penalty", N_("受过刑事处罚")), ("administrative_penalty", N_("受过治安管理等行政处罚")), ("under_investigation", N_("正在接受审查或者调查")), ("dishonesty_list", N_("被列入失信名单")), ("other_unfit", N_("其他不适宜从事调解的情形"))), ["criminal_penalty", "administrative_penalty", "under_investigation", "dishonesty_list", "other_unfit"]),
    _table("eligibility.preference_urban", N_("优先条件加分（城区、行业专业）"), _HIRE, _H, N_("城区和行业专业调委会优先大专以上、懂法律、会电脑的人员；分值为默认值"), N_("分"), (("college", N_("大专以上学历"), 10), ("law", N_("法律专业或者法律工作经历"), 10), ("computer", N_("会使用电脑"), 5), ("respected_elder", N_("乡贤五老"), 0)), 0, 100),
    _table("eligibility.preference_rural", N_("优先条件加分（村居）"), _HIRE, _H, N_("村居优先乡贤五老；分值为默认值"), N_("分"), (("college", N_("大专以上学历"), 5), ("law", N_("法律专业或者法律工作经历"), 5), ("computer", N_("会使用电脑"), 5), ("respected_elder", N_("乡贤五老"), 15)), 0, 100),
    _table("staffing.min", N_("最低配备人数"), _HIRE, _S, N_("察布查尔县、黄石市"), N_("人"), (("village", N_("村（社区）"), 1), ("township", N_("镇（街道）"), 2), ("professional", N_("行业性专业性调委会"), 3)), 0, 99),
    _int("term.years", N_("聘期"), _HIRE, 3, _S, N_("若干规定第十六条：任期届满不自动续任"), N_("年"), 1, 10),
    _int("term.renewal_window_days", N_("续聘办理起始（聘期届满前）"), _HIRE, 90, _D, "", N_("天"), 1, 365),
    # 培训与学时
    _table("training.prejob_hours", N_("岗前培训学时（按专题）"), _TRAIN, _D, N_("各地由 10 小时至 7 天不等"), N_("学时"), tuple((c, n, h) for (c, n), h in zip(_TOPICS, (4, 12, 4, 8, 12), strict=True)), 0, 500),
    _table("training.prejob_forms", N_("岗前培训中各形式的最低学时"), _TRAIN, _D, "", N_("学时"), (("case_study", N_("案例评析"), 8), ("practicum", N_("实务训练（现场观摩、旁听庭审、实训演练）"), 8)), 0, 500),
    _int("training.online_share_max", N_("线上学习占比上限"), _TRAIN, 50, _D, "", "%", 0, 100),
    _table("training.annual_hours", N_("年度培训学时"), _TRAIN, _D, "", N_("学时"), (("full_time", N_("专职"), 40), ("part_time", N_("兼职"), 20)), 0, 500),
    _int("training.specialist_hours", N_("每一专业领域的学时"), _TRAIN, 14, _S, N_("雅安市"), N_("学时"), 0, 500),
    _int("training.new_law_days", N_("新法培训期限"), _TRAIN, 90, _S, N_("青海省"), N_("天"), 1, 365),
    _int("training.new_policy_days", N_("新政策培训期限"), _TRAIN, 30, _S, N_("青海省"), N_("天"), 1, 365),
    _int("credit.minutes_per_hour", N_("一学时的分钟数"), _TRAIN, 45, _D, "", N_("分钟"), 30, 60),
    _table("training.checkin", N_("现场签到时间"), _TRAIN, _D, "", N_("分钟"), (("before_minutes", N_("开课前开放"), 30),), 0, 240),
    _table("study.counting", N_("线上学习计时"), _TRAIN, _D, "", "", (("ping_gap_seconds", N_("两次确认间最多计入（秒）"), 60), ("lesson_factor_percent", N_("每课最多计入课时的百分比"), 150), ("complete_percent", N_("学满课时的百分比方可完成"), 80), ("daily_minutes", N_("每日最多计入（分钟）"), 480), ("film_rate_percent", N_("视频最快倍速（%）"), 200)), 1, 1440),
    # 考试
    _int("exam.pass_mark", N_("合格分数（满分 100）"), _EXAM, 60, _D, "", N_("分"), 1, 100),
    _int("exam.core_percent", N_("核心部分（法律政策与职业道德）合格比例"), _EXAM, 60, _D, "", "%", 0, 100),
    _choices("exam.core_section", N_("核心部分的专题"), _EXAM, _D, "", _TOPICS, ["law_and_policy", "professional_ethics"]),
    _int("exam.grace_seconds", N_("交卷宽限"), _EXAM, 60, _D, "", N_("秒"), 0, 600),
    _int("exam.revoke_notice_minutes", N_("撤销加时后至少留给在答考生的时间"), _EXAM, 10, _D, "", N_("分钟"), 1, 60),
    _int("exam.attempts", N_("每一周期的考试次数（含补考）"), _EXAM, 2, _S, N_("某继续教育平台：一次正考加一次补考，仍不合格重新培训"), N_("次"), 1, 10),
    _int("exam.partial_percent", N_("多选题少选得分比例"), _EXAM, 50, _D, "", "%", 0, 100),
    _table("exam.focus_loss", N_("切屏提示（只提示与复核，不自动判不合格）"), _EXAM, _D, "", "", (("seconds", N_("离开超过（秒）记录"), 3), ("events", N_("达到次数提示并复核"), 3)), 1, 600),
    _int("exam.law_review_before_year", N_("依据早于此年 1 月 1 日法律的题目须复核"), _EXAM, 2021, _L, N_("《民法典》自 2021 年 1 月 1 日起施行"), "", 1990, 2100),
    # 证书
    _choices("cert.required_for", N_("须持证上岗的岗位"), _CERT, _H, N_("先培训、后上岗，持证上岗；兼职与推选产生的人员不因缺证停止工作（《人民调解法》第十三条）"), (("full_time", N_("专职")),), ["full_time"]),
    _int("cert.validity_years", N_("证书有效期"), _CERT, 3, _D, "", N_("年"), 1, 20),
    _int("cert.expiring_days", N_("到期前提示"), _CERT, 60, _D, "", N_("天"), 1, 365),
    _table("cert.reminder_days", N_("到期前提醒本人"), _CERT, _D, "", N_("天"), (("first", N_("第一次"), 60), ("second", N_("第二次"), 30), ("last", N_("最后一次"), 7)), 1, 365),
    _table("cert.annual_check", N_("工作证年审期间"), _CERT, _S, N_("赤峰市"), "", (("from_month", N_("起始月"), 11), ("from_day", N_("起始日"), 1), ("to_month", N_("截止月"), 1), ("to_day", N_("截止日"), 31)), 1, 31),
    # 日常考核
    _int("daily.cutoff_day", N_("每月考核截止日"), _DAILY, 25, _S, N_("坂桥镇"), N_("日"), 1, 28),
    _table("score.weights", N_("考核内容与分值"), _DAILY, _S, N_("平邑县"), N_("分"), (("study", N_("学习"), 10), ("legal_outreach", N_("法治宣传"), 10), ("mediation_work", N_("调解工作"), 70), ("discipline", N_("纪律"), 10)), 0, 100),
    _table("score.measures", N_("各项指标分值"), _DAILY, _D, N_("各部分指标合计等于该部分分值；不设调解成功率"), N_("分"), (("training_hours", N_("培训学时完成情况"), 6), ("exam_result", N_("年度考试成绩"), 4), ("outreach_activities", N_("法治宣传活动"), 10), ("screening", N_("矛盾纠纷排查"), 10), ("fulfilment", N_("协议履行情况"), 15), ("dossier_quality", N_("卷宗质量"), 15), ("follow_up", N_("回访"), 10), ("timeliness", N_("办理及时"), 10), ("case_mix", N_("办案数量与难易结构"), 10)), 0, 100),
    _int("score.bonus_max", N_("加分上限"), _DAILY, 20, _S, N_("平邑县"), N_("分"), 0, 100),
    _table("score.deductions", N_("扣分标准"), _DAILY, _S, N_("浙江某镇规定"), N_("分"), (("screening_late", N_("周排查报告迟报（首日）"), 3), ("screening_late_per_day", N_("此后每迟一天"), 1), ("meeting_missed", N_("缺席月度例会"), 10), ("meeting_late", N_("例会迟到"), 3), ("no_register", N_("未建台账"), 5), ("bad_agreement", N_("协议书不规范"), 2), ("failed_to_organise", N_("应调未调（每件）"), 3), ("online_unhandled", N_("线上申请未处理（每件）"), 1)), 0, 100),
    # 年度考核
    _int("annual.self_report_workdays", N_("述职期限"), _ANNUAL, 10, _D, "", N_("个工作日"), 1, 60),
    _table("annual.composition", N_("年度考核构成"), _ANNUAL, _D, "", "%", (("monthly", N_("月度考核平均"), 60), ("dossier", N_("卷宗评查"), 20), ("satisfaction", N_("群众满意度"), 10), ("peer", N_("同行评议"), 10)), 0, 100),
    _table("grade.bands", N_("等次分数线"), _ANNUAL, _S, N_("分数线参照外地，名称为默认值"), N_("分"), (("excellent", N_("优秀"), 90), ("competent", N_("称职"), 80), ("basic", N_("基本称职"), 70)), 0, 120),
    _int("grade.excellent_quota", N_("优秀比例上限（每区）"), _ANNUAL, 20, _D, "", "%", 0, 100),
    _yes_no("grade.upheld_beyond_quota", N_("异议成立而名额已用完的，可在名额之外评为优秀"), _ANNUAL, True, _D, N_("不取消已公示人员的优秀等次，也不让更正的结果落空")),
    _choices("grade.veto", N_("一票否决情形（不得评为优秀、称职，启动退出审查）"), _ANNUAL, _D, N_("《人民调解法》第十五条所列情节严重的行为等"), (("art15_serious", N_("《人民调解法》第十五条所列行为且情节严重")), ("faked_case", N_("编造调解案件")), ("proven_inaction", N_("因查实的不作为导致纠纷转化为案件或者群体性事件"))), ["art15_serious", "faked_case", "proven_inaction"]),
    _table("grade.consequence", N_("等次结果运用"), _ANNUAL, _D, "", "", (("basic_hours", N_("基本称职：补训学时"), 14), ("unfit_exam_days", N_("不称职：重新考试期限（天）"), 30)), 0, 365),
    _int("grade.unfit_in_row", N_("连续不称职启动退出审查的次数"), _ANNUAL, 2, _D, "", N_("次"), 1, 5),
    # 公示与申诉
    _int("public_notice.workdays", N_("公示期"), _PROC, 5, _D, "", N_("个工作日"), 1, 30),
    _int("appeal.window", N_("提出异议或者申诉的期限"), _PROC, 5, _D, "", N_("个工作日"), 1, 60),
    _int("appeal.decide", N_("作出复核决定的期限"), _PROC, 10, _D, "", N_("个工作日"), 1, 60),
    _int("exit.reply_workdays", N_("退出审查中本人陈述申辩的期限"), _PROC, 5, _D, "", N_("个工作日"), 1, 60),
    _int("panel.min", N_("评审小组最少人数"), _PROC, 3, _D, "", N_("人"), 3, 15),
    # 工作与补贴
    _int("case.fee", N_("调解收费"), _FIELD, 0, _L, N_("《人民调解法》第四条：不收取任何费用"), N_("元"), 0, 0, True),
    _int("case.limit_days", N_("调解期限"), _FIELD, 30, _S, N_("外地规定"), N_("天"), 1, 365),
    _int("case.extension_days", N_("经批准可延长一次"), _FIELD, 30, _S, N_("外地规定"), N_("天"), 0, 365),
    _int("confirm.days", N_("申请司法确认的期限"), _FIELD, 30, _L, N_("《人民调解法》第三十三条"), N_("天"), 30, 30, True),
    _int("screening.weekly_min", N_("每周排查最低次数（每人）"), _FIELD, 3, _H, N_("每名调解员每周不少于三次"), N_("次"), 0, 21),
    _table("meeting.cadence", N_("研判会频次（每年）"), _FIELD, _H, N_("镇街每周、区每月、市每季度"), N_("次"), (("township", N_("镇（街道）"), 52), ("district", N_("区"), 12), ("city", N_("市"), 4)), 0, 366),
    _int("outreach.monthly_min", N_("每月法治宣传最低次数"), _FIELD, 1, _D, "", N_("次"), 0, 31),
    _table("hotline.limits", N_("12345 工单时限"), _FIELD, _D, "", "", (("accept_hours", N_("受理（小时）"), 2), ("first_contact_workdays", N_("首次联系（工作日）"), 1)), 1, 240),
    _table("subsidy.class", N_("办案补贴标准"), _FIELD, _S, N_("各县标准区间"), N_("元/件"), (("simple", N_("简易"), 20), ("ordinary", N_("一般"), 100), ("difficult", N_("疑难"), 300), ("major_low", N_("重大（下限）"), 500), ("major_high", N_("重大（上限）"), 1000)), 0, 10_000),
    # 账号安全
    _choices("security.password_profile", N_("密码规则"), _SECURE, _D, N_("默认按现行安全实践（不强制字符种类、不定期更换）；选「等级保护」另加字符种类、定期更换、不得重复"), (("modern", N_("长度与常见密码检查")), ("classified", N_("等级保护要求"))), ["modern"]),
    _table("security.password", N_("密码长度与强度"), _SECURE, _D, "", "", (("learner_min", N_("学员与调解员最少字符"), 10), ("privileged_min", N_("管理岗位最少字符"), 12), ("max", N_("最多字符"), 128), ("learner_score", N_("学员与调解员最低强度（0–4）"), 2), ("privileged_score", N_("管理岗位最低强度（0–4）"), 3), ("classified_classes", N_("等级保护：字符种类"), 3), ("classified_days", N_("等级保护：更换周期（天）"), 90), ("classified_history", N_("等级保护：不得重复最近几次"), 5)), 0, 365),
    _table("security.login", N_("登录失败限制"), _SECURE, _D, "", "", (("window_minutes", N_("统计时间（分钟）"), 5), ("account", N_("同一账号失败次数"), 5), ("delay_minutes", N_("账号暂缓登录（分钟）"), 15), ("address", N_("同一地址失败次数"), 300), ("site", N_("全站失败次数"), 1000), ("second", N_("二次验证失败次数"), 5), ("second_hour", N_("二次验证每小时失败次数"), 20), ("second_day", N_("二次验证每日失败次数"), 50)), 1, 100_000),
    _int("import.keep_days", N_("导入用的花名册保留（天）"), _SECURE, 30, _D, N_("导入办结后清除上传的表格"), "天", 1, 365),
    _table("security.slip", N_("激活单与重置单"), _SECURE, _D, "", "", (("activation_days", N_("激活单有效期（天）"), 30), ("reset_hours", N_("重置单有效期（小时）"), 24), ("tries", N_("一张单最多试错次数"), 10)), 1, 365),
    _table("security.verify", N_("证书公开核验限次"), _SECURE, _D, N_("同一网络地址查无此证或者上传文件的次数；查到的不计"), N_("次"), (("minute", N_("每分钟"), 20), ("day", N_("每天"), 300)), 1, 100_000),
    _table("security.objection", N_("公开提出异议限次"), _SECURE, _D, N_("同一网络地址提交的异议，防止恶意刷单；登录与否相同"), N_("次"), (("hour", N_("每小时"), 5), ("day", N_("每天"), 20)), 1, 1000),
    _table("security.hall", N_("考场网段登记"), _SECURE, _D, "", "", (("ipv4", N_("IPv4 最小前缀"), 16), ("ipv6", N_("IPv6 最小前缀"), 48), ("days", N_("一次最多登记（天）"), 31)), 1, 366),
)  # fmt: skip

SPECS: dict[str, PolicySpec] = {spec.key: spec for spec in _ALL}
GROUPS: tuple[str, ...] = (_HIRE, _TRAIN, _EXAM, _CERT, _DAILY, _ANNUAL, _PROC, _FIELD, _SECURE)
