"""``gene-tui history`` and ``gene-tui doctor``."""

from __future__ import annotations

import json

import click


@click.command("history")
@click.option("-n", "limit", type=click.IntRange(1), default=50, show_default=True, metavar="N")
@click.option("--search", metavar="TEXT", default="", help="Entries that contain TEXT only.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def history_command(limit: int, search: str, form: str) -> None:
    """Print what was asked in the app, newest first."""
    from gene_tui.cli import warn
    from gene_tui.cli.spaces import print_columns
    from gene_tui.history import History

    with History.open() as history:
        entries = history.entries(limit, search, pinned_first=False)
        if history.warning:
            warn(history.warning)
    if form == "json":
        forms = [
            {
                "id": entry.id,
                "time": entry.when.isoformat(timespec="seconds"),
                "query": entry.text,
                "canonical": entry.canonical,
                "kind": entry.kind,
                "space": entry.space,
                "fingerprint": entry.fingerprint,
                "setting": entry.setting,
                "elapsed_s": entry.elapsed_s,
                "hits": entry.hits,
                "best": entry.best,
                "pinned": entry.pinned,
            }
            for entry in entries
        ]
        click.echo(json.dumps(forms, indent=2, allow_nan=False))
        return
    if not entries:
        click.echo("nothing was asked yet", err=True)
        return
    rows = [["time", "space", "query", "hits", "best"]]
    for entry in entries:
        when = entry.when.strftime("%Y-%m-%d %H:%M")
        setting = f"  [{entry.setting}]" if entry.setting else ""
        rows.append([when, entry.space, entry.text + setting, f"{entry.hits:,}", entry.best])
    print_columns(rows)


@click.command("doctor")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def doctor_command(form: str) -> None:
    """Say what this terminal and machine can do, and what to change."""
    from dataclasses import asdict

    from gene_tui.doctor import diagnose, to_text

    findings = diagnose()
    if form == "json":
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
        return
    click.echo(to_text(findings))
