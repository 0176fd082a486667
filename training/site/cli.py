"""The command ``academy``: serve, demo data, audit, backup, words."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

import click
from flask import Flask

from training.core import audit, clock, config, orgs
from training.core.db import db

from . import backup as backups
from . import catalogues, founding, serving, worker
from .app import create_app
from .demo import load
from .schema import upgrade as upgrade_schema


def _settings() -> config.Config:
    try:
        return config.load()
    except config.ConfigError as error:
        for problem in error.problems:
            click.echo(f"configuration: {problem}", err=True)
        sys.exit(2)


def _app() -> Flask:
    try:
        return create_app(_settings())
    except config.ConfigError as error:
        click.echo(f"configuration: {error}", err=True)
        sys.exit(2)


def bring_up() -> None:
    """The schema of this version, then what it adds to policies and calendar."""
    upgrade_schema()
    founding.complete(clock.now())


@click.group()
def main() -> None:
    """Mediator Academy 调解员学院."""


@main.command()
def serve() -> None:
    """Bring the database up to date, then serve the site, its content and its worker."""
    settings = _settings()
    app = _app()
    with app.app_context():
        click.echo("[1/3] database …")
        bring_up()
        click.echo("[2/3] data …")
        serving.prepare(settings, click.echo)
        db.session.remove()
        db.engine.dispose()
    click.echo("[3/3] processes …")
    sys.exit(serving.run(settings, click.echo))


@main.command("worker")
def run_worker() -> None:
    """Do what stands in the job ledger, until told to stop."""
    worker.main(_app())


@main.command()
def upgrade() -> None:
    """Bring the database up to date: its schema, new policies and days."""
    with _app().app_context():
        bring_up()


@main.command()
@click.option("--name", required=True, help="name of the city bureau")
@click.option("--region", required=True, help="region code after GB/T 2260, six digits")
def found(name: str, region: str) -> None:
    """Found a site for real use: root organisation, policies, calendar."""
    with _app().app_context():
        upgrade_schema()
        unit = founding.found(name, region, clock.now())
        click.echo(f"{unit.name} {unit.region_code}")


@main.group()
def demo() -> None:
    """Demo data and the demo clock (development only)."""


@demo.command("load")
def demo_load() -> None:
    """Load the demo city into an empty site."""
    settings = _settings()
    if not settings.demo:
        click.echo("demo mode is off here", err=True)
        sys.exit(2)
    with _app().app_context():
        upgrade_schema()
        if orgs.root() is not None:
            click.echo("there is data already: the demo city goes into an empty site only")
            return
        load.load(clock.now(), click.echo)


@demo.command("clock")
@click.option("--days", type=int, required=True)
def demo_clock(days: int) -> None:
    """Move the clock of the development site forward."""
    settings = _settings()
    if settings.production:
        click.echo("the clock can be moved in development only", err=True)
        sys.exit(2)
    clock.allow_offset(settings.var / "clock-offset")
    total = clock.move(timedelta(days=days))
    click.echo(f"the clock is now {total} ahead: {clock.local(clock.now()):%Y-%m-%d %H:%M}")


@main.group("audit")
def audit_group() -> None:
    """The audit chain."""


@audit_group.command("verify")
@click.option(
    "--head",
    "heads",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="a head exported earlier",
)
def audit_verify(heads: tuple[Path, ...]) -> None:
    """Check every entry and link; against exported heads also that nothing was cut off."""
    app = _app()
    with app.app_context():
        key = audit.head(clock.now())["key"]
        try:
            known = [audit.read_head(json.loads(p.read_text()), key) for p in heads]
        except ValueError as error:
            click.echo(f"head: {error}", err=True)
            sys.exit(1)
        report = audit.check(known)
    click.echo(
        f"sealed {report.sealed}, waiting for the seal {len(report.unsealed)}, head {report.head.chain_hash[:16]}…"
    )
    for finding in report.findings:
        click.echo(f"FOUND {finding.code} link {finding.seq} entry {finding.entry_id}")
    if not report.sound:
        sys.exit(1)
    click.echo(
        "the chain holds" + (f" and contains {len(known)} exported head(s)" if known else "")
    )


@audit_group.command("head")
@click.option(
    "--to", type=click.Path(path_type=Path), help="file to write; standard output otherwise"
)
def audit_head(to: Path | None) -> None:
    """Export the signed end of the chain, to be kept off this machine."""
    with _app().app_context():
        text = json.dumps(audit.head(clock.now()), indent=1)
    if to is None:
        click.echo(text)
    else:
        to.write_text(text + "\n")
        click.echo(f"written to {to}")


@main.command()
@click.option("--to", type=click.Path(path_type=Path), help="folder of the backup")
@click.option(
    "--keys-to", type=click.Path(path_type=Path), help="folder of the keys, apart from it"
)
def backup(to: Path | None, keys_to: Path | None) -> None:
    """Back up database and files; the keys go into a folder of their own."""
    settings, app = _settings(), _app()
    stamp = f"{clock.local(clock.now()):%Y%m%d-%H%M%S}"
    folder = to or settings.var / "backups" / stamp
    keys = keys_to or settings.var / "backup-keys" / stamp
    with app.app_context():
        try:
            outcome = backups.make(app, folder, keys, clock.now(), click.echo)
        except backups.RestoreRefused as error:
            click.echo(f"backup refused: {error}", err=True)
            sys.exit(1)
    click.echo(
        f"{outcome.rows} rows of {outcome.tables} tables, {outcome.files} files, audit link {outcome.seq}"
    )
    click.echo(f"backup: {outcome.folder}\nkeys (keep them elsewhere): {keys}")


@main.command()
@click.option("--from", "folder", type=click.Path(path_type=Path, exists=True), required=True)
@click.option(
    "--keys", type=click.Path(path_type=Path), help="folder of the keys, if the keyring is gone"
)
def restore(folder: Path, keys: Path | None) -> None:
    """Restore a backup, then verify counts, hashes and the audit chain."""
    settings = _settings()
    try:
        backups.put_back(settings, folder, keys, click.echo)
        app = _app()
        with app.app_context():
            outcome = backups.check(app, folder, click.echo)
    except backups.RestoreRefused as error:
        click.echo(f"restore refused: {error}", err=True)
        sys.exit(1)
    click.echo(
        f"{outcome.rows} rows of {outcome.tables} tables, {outcome.files} files, audit link {outcome.seq}: restored"
    )


@main.group()
def i18n() -> None:
    """The English catalogues."""


@i18n.command("update")
@click.option("--room", default="", help="the folder's name of one room; all otherwise")
def i18n_update(room: str) -> None:
    """Collect new words into each room's catalogue."""
    click.echo(f"{catalogues.update(config.load().root, room)} catalogues changed")


@i18n.command("check")
def i18n_check() -> None:
    """Find words without an English text, and words with more than one."""
    root = config.load().root
    found, torn = catalogues.gaps(root), catalogues.clashes(root)
    for gap in found:
        click.echo(f"{gap.room}: {gap.message}")
    for word, texts in torn:
        click.echo(f"{word}: {' | '.join(texts)}")
    click.echo(f"{len(found)} words without English, {len(torn)} with several")
    sys.exit(1 if found or torn else 0)


if __name__ == "__main__":
    main()
