"""The commands that run the service. Settings come from ASSAY_* and a TOML file; options win."""

import asyncio
import contextlib
import logging
import os
import signal
from pathlib import Path

import rich_click as click

from issuer import logs, signals
from issuer.settings import Settings, SettingsRefused, known_data_folder, load


@click.command()
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that answer; one a core, up to 4.")
@click.option("--port", type=click.IntRange(0, 65535), help="Where to listen; the base URL's port, or 8000.")
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), help="A TOML file with settings.")
@click.option("--tls-cert", type=click.Path(path_type=Path), help="Serve HTTPS with this certificate (PEM).")
@click.option("--tls-key", type=click.Path(path_type=Path), help="The certificate's key (PEM).")
def serve(
    workers: int | None,
    port: int | None,
    config: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
) -> None:
    """Run the service: workers, background jobs and, without ASSAY_DATABASE_URL, its own PostgreSQL."""
    environ = dict(os.environ)
    if workers is not None:
        environ["ASSAY_WORKERS"] = str(workers)
    if port is not None:
        environ["ASSAY_PORT"] = str(port)
    for name, file in (("CONFIG", config), ("TLS_CERT", tls_cert), ("TLS_KEY", tls_key)):
        if file is not None:
            environ[f"ASSAY_{name}"] = str(file.absolute())
    signals.raise_when_told()  # before anything is begun, and before the slow imports
    try:
        settings = load(environ)
        logs.configure(settings.log_level)
        from issuer.serve import serve as run  # noqa: PLC0415 - only this command needs it

        name = run(settings, environ, click.echo)
    except signals.Stopped as stopped:
        name = stopped.name
    logging.getLogger("assay.serve").info("stopped", extra={"signal": name})


@click.command()
def worker() -> None:
    """Run the background jobs, where the service itself should not; one leader among all that run."""
    from issuer import jobs  # noqa: PLC0415 - likewise
    from issuer.opening import opened  # noqa: PLC0415 - likewise

    settings = load(os.environ)
    if settings.database_url is None:
        raise SettingsRefused(
            "settings.invalid",
            "`assay worker` needs ASSAY_DATABASE_URL: `assay serve` runs the jobs of its own PostgreSQL.",
        )
    known_data_folder(settings)
    logs.configure(settings.log_level)

    async def run() -> None:
        async with opened(settings) as desk:
            running = asyncio.create_task(jobs.run(desk))
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, running.cancel)
            with contextlib.suppress(asyncio.CancelledError):
                await running

    asyncio.run(run())


@click.command()
def migrate() -> None:
    """Apply the migrations that the database lacks. `assay serve` does it by itself."""
    from issuer.db.attach import attached  # noqa: PLC0415 - likewise
    from issuer.opening import utc_now  # noqa: PLC0415 - likewise

    async def run(settings: Settings) -> None:
        async with attached(settings, utc_now):
            click.echo("The database is up to date.")

    asyncio.run(run(load(os.environ)))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one object instead of the story.")
def demo(*, as_json: bool) -> int:
    """Play the whole story, from the assessment to the revoked credential, against a service of its own."""
    from issuer.demo import run  # noqa: PLC0415 - likewise

    return run(as_json=as_json)
