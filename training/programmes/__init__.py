"""Pre-job and annual programmes (岗前培训、年度培训): sessions, attendance, the credit-hour ledger."""
