"""The help page as data: questions by home, with the page on which each is dealt with."""

from __future__ import annotations

from dataclasses import dataclass

from training.core.rules.words import N_


@dataclass(frozen=True, slots=True)
class Question:
    """``endpoint`` is offered when the reader holds ``permission``."""

    ask: str
    answer: str
    endpoint: str = ""
    permission: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """``homes``: codes of the homes whose people see it; empty: everybody does."""

    label: str
    homes: frozenset[str]
    questions: tuple[Question, ...]


TOPICS: tuple[Topic, ...] = (
    Topic(
        N_("登录与账号"),
        frozenset(),
        (
            Question(
                N_("第一次怎样登录"),
                N_(
                    "拿着单位发的激活单，填写手机号、单上的激活码和身份证号后四位，再设置自己的密码。"
                ),
                "people.activate",
                "people:session:begin",
            ),
            Question(
                N_("忘了密码怎么办"),
                N_("向本单位领取一张重置单。单位不会问您的密码，也不能替您设置密码。"),
                "people.forgot",
                "people:session:begin",
            ),
            Question(
                N_("字太小、屏幕太亮怎么办"),
                N_("点页面上方的「Aa 大字」，可以选大字、长辈字号和深色，选好后一直有效。"),
            ),
            Question(
                N_("填到一半断了、退出了，内容会丢吗"),
                N_("不会。重新登录后回到原来的页面，填过的内容还在，核对后再提交即可。"),
            ),
            Question(
                N_("换了手机号怎么办"),
                N_("登录后在「我的账户」修改手机号；不能登录的，带证件请单位办理。"),
                "people.my_account",
                "people:account:own",
            ),
        ),
    ),
    Topic(
        N_("学习、考试与证书"),
        frozenset({"learner"}),
        (
            Question(
                N_("学时是怎样算的"),
                N_(
                    "在线学习的时间由服务器计算，离开页面就停止；集中培训以教员确认的签到为准。每一笔都能看到来由。"
                ),
                "programmes.my_hours",
                "programmes:hours:own",
            ),
            Question(
                N_("什么时候可以考试"),
                N_("各专题、各形式的学时都够了，才能安排考试。差哪一项，首页写得清楚。"),
                "exams_sittings.my_exams",
                "sittings:exam:own",
            ),
            Question(
                N_("考试时断网了怎么办"),
                N_(
                    "不要关闭页面。答案先存在本机，连上后自动提交；也可以换一台设备登录继续，时间以服务器为准。"
                ),
            ),
            Question(
                N_("对成绩有异议怎么办"),
                N_("在成绩公布后的申诉期内，从成绩页提出，由阅卷人以外的人复核。"),
                "exams_sittings.my_exams",
                "sittings:exam:own",
            ),
            Question(
                N_("我的资料有错怎么办"),
                N_(
                    "在「我的档案」核对，带证件请所在机构的人事干部更正；原来的内容、理由和经办人都会留存。"
                ),
                "people.my_file",
                "people:person:own",
            ),
        ),
    ),
    Topic(
        N_("人员、证书与考核"),
        frozenset({"hr", "approver", "panel", "office", "committee", "reviewer"}),
        (
            Question(
                N_("怎样把花名册导入"),
                N_(
                    "直接上传本单位自己的表格：先核对各列的含义，再逐格看问题，确认之后才写入。重复导入不会重复建档。"
                ),
                "people.imports",
                "people:person:import",
            ),
            Question(
                N_("为什么有的按钮不出现，有的办不了"),
                N_("没有权限的不出现；有权限而条件不够的，会写明差什么、依哪一条、到哪里办。"),
            ),
            Question(
                N_("为什么不能由同一个人提出又批准"),
                N_("提出、审批、复核须是不同的人，按人核对，换一个账号也不行。"),
            ),
            Question(
                N_("办错了怎么办"),
                N_("已记入的内容不能抹去，用「更正」再记一笔，写明理由；原来的记录仍可查到。"),
            ),
            Question(
                N_("怎样把名单交给别人"),
                N_("先筛选，再导出表格，导出的就是筛选的结果；身份证号和手机号默认遮盖。"),
                "people.persons",
                "people:person:list",
            ),
        ),
    ),
    Topic(
        N_("授课、命题与监考"),
        frozenset({"trainer", "proctor"}),
        (
            Question(
                N_("怎样上传案例"),
                N_("用 Word 写好直接上传，图片须插入文档内，不能用链接；上传后先预览再发布。"),
                "courses.manage",
                "courses:lesson:list",
            ),
            Question(
                N_("怎样导入试题"),
                N_(
                    "用题库页的模板或者自己的表格。依据较早法律的题目会先列为待复核，复核后才能组卷。"
                ),
                "exams_bank.questions",
                "bank:question:read",
            ),
            Question(
                N_("考场里有人断线、时间不够怎么办"),
                N_("在监考页对一人、一场或者全部延时，写明理由即可；延时立即生效并留有记录。"),
                "exams_sittings.halls",
                "sittings:sitting:proctor",
            ),
            Question(
                N_("切屏会不会自动判不合格"),
                N_("不会。切屏只记录、提示并请监考人员复核，从不自动判定。"),
            ),
        ),
    ),
    Topic(
        N_("政策、审计与系统"),
        frozenset({"city", "admin", "auditor"}),
        (
            Question(
                N_("改了政策，以前办的会变吗"),
                N_(
                    "不会。每次修改都产生新的版本，只影响生效之后的办理；以前的结果仍按当时的版本说明。"
                ),
                "core.policies",
                "core:policy:read",
            ),
            Question(
                N_("怎样证明记录没有被改过"),
                N_(
                    "审计记录逐条相连。请定期导出链尾签名，存放到本系统以外，核对时就能发现任何改动。"
                ),
                "core.audit_log",
                "core:audit:read",
            ),
            Question(
                N_("明年的放假安排在哪里录入"),
                N_(
                    "国务院办公厅公布后，把日期粘贴到工作日历。录入之前，跨年的期限不会按期满处理。"
                ),
                "core.calendar",
                "core:calendar:read",
            ),
            Question(
                N_("后台任务失败了怎么办"),
                N_("系统会自动重试；仍不成功的列在系统页，查明原因后可以再试。"),
                "core.system",
                "core:job:read",
            ),
        ),
    ),
)
