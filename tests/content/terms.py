"""What lessons, cases and questions share: the kinds of disputes, and the law's day."""

from datetime import date

LAW_AS_OF = date(2026, 11, 1)
DISPUTE_TYPES = {
    "婚姻家庭",
    "邻里",
    "房屋宅基地",
    "合同",
    "生产经营",
    "损害赔偿",
    "山林土地",
    "征地拆迁",
    "环境污染",
    "拖欠农民工工资",
    "其他劳动争议",
    "旅游",
    "电子商务",
    "其他消费",
    "医疗",
    "道路交通事故",
    "物业",
    "其他",
}
