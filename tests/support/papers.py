"""One paper of each layout, about fictional people."""

from __future__ import annotations

from datetime import date

from training.core.documents.definition import (
    Align,
    Document,
    DocumentKind,
    Field,
    FieldTable,
    Heading,
    ListTable,
    Note,
    Paragraph,
    Photo,
    Qr,
    SignBlock,
    Slip,
    Slips,
)

DAY = date(2026, 11, 23)


def official() -> Document:
    return Document(
        "关于二〇二六年度专职人民调解员\n年度考核拟评为优秀等次人员的公示", DocumentKind.OFFICIAL,
        "示例市甲区司法局",
        (
            Paragraph(
                "根据《中华人民共和国人民调解法》和《专职人民调解员管理办法》，经个人述职、单位"
                "评价、民主测评、卷宗评查和考核小组研究，拟评定下列人员为二〇二六年度考核优秀等次，"
                "现予公示。"
            ),
            Heading("一、拟评定人员"),
            Paragraph("王䶮明（甲区一街社区调委会）、李示例（甲区物业纠纷调委会）。"),
            Heading("二、公示时间"),
            Heading("（一）起止日期", 2),
            Paragraph("二〇二六年十一月二十四日至十一月三十日，共五个工作日。"),
            Heading("三、受理方式"),
            Paragraph(
                "公示期间，如有异议，可以书面或者口头形式向示例市甲区司法局反映，受理电话："
                "0898-00000000。以单位名义反映的，应当加盖公章；以个人名义反映的，应当署真实姓名"
                "和联系方式。"
            ),
            *(Paragraph("受理机关对反映人的情况予以保密，并在五个工作日内答复。") for _ in range(9)),
        ),
        addressee="各司法所、人民调解委员会", enclosures=("拟评定人员名单", "异议登记表"), day=DAY,
        number="示甲司〔2026〕12号",
        verification_code="ABCDEFGHJKMN", verification_url="https://a.example/documents/verify/X",
    )  # fmt: skip


def register(photo: bytes = b"") -> Document:
    return Document(
        "专职人民调解员年度考核登记表", DocumentKind.TABLE, "示例市甲区司法局",
        (
            FieldTable(
                (
                    (Field("姓名", "王䶮明"), Field("性别", "女"), Photo(photo, rows=4)),
                    (Field("出生年月", "1968年5月"), Field("文化程度", "大专")),
                    (Field("调解员编号", "T-460105-0001"), Field("政治面貌", "群众")),
                    (Field("所在单位", "甲区一街社区人民调解委员会", span=3),),
                    (Field("证书编号", "460100-2026-P-00123-E", span=3),),
                    (Field("个人\n总结", "全年受理纠纷36件，调解成功35件。" * 6, span=4, height=50, align=Align.LEFT),),
                )
            ),
            SignBlock("所在单位\n意见", "同意评定为优秀。", "李示例", DAY, seal=True),
            SignBlock("考核小组\n意见", seal=True),
            SignBlock("分管领导\n意见"),
            Note("填表说明：本表一式两份，一份存入本人档案，一份由司法局留存。"),
        ),
        caption="考核年度：2026年　　　填表日期：2026年11月23日",
        verification_code="ABCDEFGHJKMN", verification_url="https://a.example/documents/verify/X",
    )  # fmt: skip


def letter() -> Document:
    return Document(
        "聘书", DocumentKind.LETTER, "示例市甲区一街社区人民调解委员会",
        (
            Paragraph("王䶮明同志：", indent=False, align=Align.LEFT),
            Paragraph("经本会决议，聘任您为专职人民调解员，聘期三年，自2026年12月1日起至2029年11月30日止。"),
            Paragraph("特发此聘书。"),
            Qr("https://a.example/v/ABCDEFGHJKMN", "扫码核验", Align.LEFT),
        ),
        day=DAY, page_numbers=False,
    )  # fmt: skip


def roster(rows: int = 60) -> Document:
    head = ("序号", "姓名", "性别", "年龄", "所在单位", "证书编号", "有效期至", "备注")
    lines = tuple(
        (str(n), f"示例{n}", "女" if n % 2 else "男", str(30 + n % 35), "甲区一街社区人民调解委员会",
         f"460100-2026-P-{n:05d}-E", "2029-11-22", "")
        for n in range(1, rows + 1)
    )  # fmt: skip
    return Document(
        "专职人民调解员持证情况名册", DocumentKind.LIST, "示例市甲区司法局",
        (
            ListTable(
                head, lines, widths=(4, 7, 4, 4, 18, 14, 9, 8),
                aligns=(Align.CENTER,) * 4 + (Align.LEFT,) + (Align.CENTER,) * 3,
                total=("合计", f"{rows}人", "", "", "", "", "", ""),
            ),
        ),
        caption="填报单位：示例市甲区司法局　　　截至日期：2026年11月23日",
        verification_code="ABCDEFGHJKMN", verification_url="https://a.example/documents/verify/X",
    )  # fmt: skip


def slips(count: int = 5) -> Document:
    return Document(
        "账户激活单", DocumentKind.TABLE, "甲区一街司法所",
        (
            Slips(
                tuple(
                    Slip(
                        "调解员学院账户激活",
                        (("姓名", f"示例{n}"), ("单位", "甲区一街社区调委会"), ("手机", f"138****00{n:02d}")),
                        f"K7QM-4XN{n}", "一次性激活码（30日内有效）", f"https://a.example/activate/{n}",
                        "请扫码或打开网址，输入手机号、激活码和身份证后四位，设置自己的密码。请勿转交他人。",
                    )
                    for n in range(count)
                )
            ),
        ),
    )  # fmt: skip


SAMPLES = {
    "official": official, "register": register, "letter": letter, "roster": roster, "slips": slips,
}  # fmt: skip
