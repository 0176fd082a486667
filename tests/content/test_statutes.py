"""The reader of statutes and citations, on made-up text."""

from pathlib import Path

import pytest

from tests.content import citations, statutes

SAMPLE = """# 某法

2020年1月1日 通过

<!-- INFO END -->

## 第一章 总则

第一条 为了试验，制定本法。

第二条 有下列情形之一的，依照本法第三条处理：

（一）甲；

（二）乙。

### 第一节 一般规定

第十条之一 增加的一条。

第一百二十三条　全角空格隔开的一条。
"""


@pytest.mark.parametrize(
    ("chinese", "value"),
    [
        ("三", 3),
        ("十", 10),
        ("十五", 15),
        ("二十", 20),
        ("三十五", 35),
        ("一百零五", 105),
        ("一百二十三", 123),
        ("二百", 200),
        ("一千零四十", 1040),
        ("一千一百六十五", 1165),
        ("一千二百", 1200),
    ],
)
def test_it_reads_chinese_numerals(chinese: str, value: int) -> None:
    assert statutes.number(chinese) == value


def test_it_refuses_what_is_no_numeral() -> None:
    with pytest.raises(ValueError, match="numeral"):
        statutes.number("三个")


def test_it_reads_articles_with_their_paragraphs_and_without_headings() -> None:
    articles = statutes.parse(SAMPLE)
    assert list(articles) == [1, 2, "10-1", 123]
    assert articles[2].endswith("（二）乙。")
    assert articles["10-1"] == "增加的一条。"
    assert articles[123].startswith("全角空格")


def test_it_refuses_a_statute_that_repeats_an_article() -> None:
    with pytest.raises(ValueError, match="twice"):
        statutes.parse("第一条 甲。\n\n第一条 乙。\n")


def test_it_answers_nothing_where_the_data_is_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(statutes.ENVIRONMENT_VARIABLE, str(tmp_path))
    assert statutes.data_directory() is None


def test_it_finds_single_listed_and_ranged_citations() -> None:
    text = "见《某法》第三条、第五条和《别法》第十条之一；《某法》第七条至第九条；见《某书》。"
    assert citations.cited(text) == [
        ("某法", 3),
        ("某法", 5),
        ("别法", "10-1"),
        ("某法", 7),
        ("某法", 8),
        ("某法", 9),
    ]


def test_it_notices_an_article_of_no_named_law() -> None:
    assert citations.bare("《某法》第三条说明了，第四条也说明了。") == ["第四条"]


def test_a_quotation_belongs_to_the_citation_of_its_sentence_only() -> None:
    text = "《某法》第三条规定，“甲。乙”。他说“丙”。《某法》第四条。“丁”"
    assert citations.quoted(text) == [([("某法", 3)], "甲。乙")]


def test_a_quotation_may_stand_before_its_citation_or_after_the_same_article() -> None:
    text = "应当“甲”，见《某法》第三条。同一条还规定“乙”。他说“丙”。"
    assert citations.quoted(text) == [([("某法", 3)], "甲"), ([("某法", 3)], "乙")]
