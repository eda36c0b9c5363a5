"""`python -m verifier verify | serve`: the verifier alone, without the issuer."""

import errno
import os
from pathlib import Path
from typing import Any

import rich_click as click

from verifier.cli import HELP, Broken, Misused, Unreadable, guarded, verify
from verifier.errors import OriginRefused, TrustRefused


class VerifierGroup(click.RichGroup):
    """Ends with the same statuses as its commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse; a usage error ends with 64."""
        parsed: list[str] = guarded(ctx, lambda: super(VerifierGroup, self).parse_args(ctx, args))
        return parsed

    def invoke(self, ctx: click.Context) -> Any:
        """Run; a crash ends with 70."""
        return guarded(ctx, lambda: super(VerifierGroup, self).invoke(ctx))


@click.group(cls=VerifierGroup, no_args_is_help=False, context_settings=HELP)
def main() -> None:
    """Verify credentials: once, or as a page and an API."""


@main.command()
@click.option("--host", default="localhost", show_default=True, help="Address to listen on.")
@click.option("--port", default=8001, show_default=True, help="Port to listen on.")
@click.option("--base-url", help="Where people reach it; by default http://<host>:<port>.")
@click.option(
    "--trust",
    multiple=True,
    envvar="ASSAY_TRUST",
    type=click.Path(path_type=Path),
    help="Whom to rely on: a trust file (docs/trust.md), or a folder made by `assay trust export`. May be "
    "repeated.",
)
@click.option(
    "--local-origin", "local_origins", multiple=True, help="Permit http to this service on your own machine."
)
@click.option("--tls-cert", type=click.Path(path_type=Path), help="Serve HTTPS with this certificate (PEM).")
@click.option("--tls-key", type=click.Path(path_type=Path), help="The certificate's key (PEM).")
def serve(
    host: str,
    port: int,
    base_url: str | None,
    trust: tuple[Path, ...],
    local_origins: tuple[str, ...],
    tls_cert: Path | None,
    tls_key: Path | None,
) -> None:
    """Serve the page /verify and the API, without a database.

    With ASSAY_VC_API=open (or token) also the VC API for conformance suites.
    """
    try:
        from verifier.web import app, tls, vc_api  # noqa: PLC0415 — an extra that only this command needs
    except ImportError:
        raise Broken('Install "assay[service]" to serve.') from None
    scheme = "http" if tls_cert is None else "https"
    try:
        context = tls.server_context(tls_cert, tls_key)
        mode, token = os.environ.get("ASSAY_VC_API", "off"), os.environ.get("ASSAY_VC_API_TOKEN")
        settings = app.WebSettings(
            base_url=(base_url or f"{scheme}://{host}:{port}").rstrip("/"),
            trust=trust,
            local_origins=local_origins,
            vc_api=vc_api.grant(mode, token, (host,)),
        )
        app.serve(settings, host, port, context)
    except tls.TlsRefused as refused:
        raise Misused(f"{refused.detail} ({refused.code})") from None
    except vc_api.AccessRefused as refused:
        raise Misused(str(refused)) from None
    except TrustRefused as refused:
        raise Unreadable(f"{refused.detail} ({refused.code})") from None
    except OriginRefused as refused:
        raise Misused(f"{refused.detail} ({refused.code})") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Unreadable(f"Port {port} on {host} is in use. Name another one with --port.") from None
        raise Unreadable(f"Cannot listen on {host}:{port}: {error.strerror}.") from None


main.add_command(verify)

if __name__ == "__main__":
    main(prog_name="python -m verifier")
