"""Every setting of every service: one flat list, read from `WINDSOCK_*` variables (and a `.env` file in the working folder).

A wrong value, or a `WINDSOCK_*` name that does not exist, is told by name and ends the process: a misspelt limit that is silently ignored is worse than a
service that does not start. `.env.example` is written from this file.
"""

from __future__ import annotations

import difflib
import hmac
import ipaddress
import os
import re
import sys
from pathlib import Path
from typing import Annotated, Final, Literal, NoReturn
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict

from windsock.shared.deployment import DEPLOYMENT

__all__ = ["MIB", "Settings", "SettingsError", "load_settings", "settings_or_exit"]

PREFIX: Final = "WINDSOCK_"
CLIENT_NAMES: Final = frozenset({PREFIX + "SERVER", PREFIX + "KEY", PREFIX + "BOARD"})
"""What publishers' programs read (`windsock.client`): no settings of ours, and no mistake either."""
OTHER_NAMES: Final = CLIENT_NAMES | {variable.name for variable in DEPLOYMENT}
MIB: Final = 1024 * 1024
ORIGIN: Final = re.compile(r"\*|https?://(\*\.)?[A-Za-z0-9.-]+(:(\d{1,5}|\*))?|https?://\[[0-9A-Fa-f:]+\](:\d{1,5})?")
"""What a Content-Security-Policy takes as a frame's ancestor, and nothing that could end the directive."""
TILE_ADDRESS: Final = re.compile(
    r"(https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?)/(?:[^\s{}\"'<>\\]|\{[zxy]\})*", re.ASCII
)
"""A host without a wildcard or a name, since it is allowed in the board's policy as it stands; then anything but other placeholders."""
TILE_PLACES: Final = ("{z}", "{x}", "{y}")

Port = Annotated[int, Field(ge=0, le=65535)]
Count = Annotated[int, Field(ge=1)]
Size = Annotated[int, Field(ge=1024)]
Seconds = Annotated[float, Field(gt=0)]


class SettingsError(ValueError):
    """The settings can't be used; the message names each wrong one."""


class Settings(BaseSettings):
    """All settings. Sizes are bytes, times are seconds, unless the name says otherwise."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    # --- broker
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        description="Redis or Valkey to use: redis://, rediss:// (TLS), unix://, redis+sentinel://host,host/service or redis+cluster://host,host "
        "(see docs/operations.md). `windsock up` starts an embedded one unless this is set.",
    )
    redis_replicas: Annotated[int, Field(ge=0, le=10)] = Field(
        0,
        description="Replicas that must have a batch before it is acknowledged (WAIT). 0: the primary alone, so that a failover may lose its last moments.",
    )
    redis_prefix: str = Field(
        "windsock", pattern=r"^[A-Za-z0-9_.:-]{1,64}$", description="What every key and channel name begins with."
    )

    redis_password_file: Path | None = Field(
        None, description="File with the broker's password, for a URL that has a user's name and no password."
    )

    # --- who may send, and from where
    bind: str = Field(
        "127.0.0.1", description="Address to listen on. Anything but loopback needs a publish key (or see allow_open)."
    )
    reached_at: str | None = Field(
        None,
        description="Address that others reach this by, if something in front listens for it, as docker compose's gateway does. Counts instead of bind.",
    )
    publish_key: SecretStr | None = Field(
        None,
        min_length=8,
        description="Key that publishers must show, 8 characters or more. Unset: only loopback may be listened on.",
    )
    allow_open: bool = Field(
        default=False,
        description="Listen on other addresses without a key. Only where something else keeps strangers out, as a container network does.",
    )
    cors_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Other origins whose pages may publish over HTTP or watch, comma-separated. Empty: only the board's own.",
    )
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Names that the board may be opened by, comma-separated, besides this machine's own. Empty: any, unless bind is loopback.",
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description=(
            "Addresses, networks or names, comma-separated, of proxies that tell who is behind them: by a PROXY header on each TCP connection, which they must "
            "send, and by X-Forwarded-For over HTTP. Of anybody else neither is believed."
        ),
    )

    # --- ports
    web_port: Port = Field(8000, description="The board.")
    tcp_port: Port = Field(8010, description="TCP, JSON objects back to back.")
    tcp_large_port: Port = Field(8020, description="TCP, length-prefixed messages.")
    http_port: Port = Field(8030, description="HTTP ingest.")
    health_host: str = Field(
        "127.0.0.1",
        description="Address of /healthz, /readyz and /metrics of the services that have no HTTP port of their own.",
    )
    ingest_tcp_health_port: Port = Field(8011, description="Health and metrics of ingest-tcp.")
    ingest_redis_health_port: Port = Field(8041, description="Health and metrics of ingest-redis.")
    video_health_port: Port = Field(8051, description="Health and metrics of video.")

    # --- limits of what is sent
    max_message: Size = Field(MIB, description="Largest message on TCP 8010, on Redis and in an HTTP batch.")
    max_large_message: Size = Field(
        32 * MIB, description="Largest message on TCP 8020, largest image and largest HTTP body."
    )
    max_batch: Count = Field(10_000, description="Most messages in one HTTP body, and most samples in one message.")
    max_depth: Annotated[int, Field(ge=4, le=200)] = Field(64, description="Deepest nesting of JSON.")
    max_connections: Count = Field(1_000, description="Most connections a port holds at a time.")
    max_connections_per_address: Count = Field(
        250, description="Most of these from one address. This machine's own programs may have them all."
    )
    max_streams: Count = Field(10_000, description="Most streams in the catalogue.")
    max_sources: Count = Field(
        1_000, description="Most sources remembered per stream for safe retries; the longest idle is forgotten."
    )
    max_in_hand: Count = Field(
        2_000, description="Most messages gathered for one write to Redis; past it, reading pauses."
    )
    max_in_hand_bytes: Size = Field(8 * MIB, description="The same, in bytes.")
    max_unfinished: Size = Field(
        256 * MIB,
        description="Bytes that a port holds of messages which are still coming in; past it, the slowest TCP connection is closed, and HTTP answers 429.",
    )
    tcp_idle: Seconds = Field(3600.0, description="A TCP connection that sends nothing for this long is closed.")

    # --- history
    history_samples: Count = Field(
        10_000, description="Samples that history keeps of each stream (more if its active_points is more)."
    )
    history_bytes: Size = Field(16 * MIB, description="Bytes that history keeps of each stream, at the most.")

    # --- relay
    tick_ms: Annotated[int, Field(ge=5, le=5000)] = Field(
        50, description="Milliseconds between two packets to a viewer."
    )
    ring_samples: Count = Field(
        1_000, description="Samples the relay keeps of each watched stream (more if its active_points is more)."
    )
    ring_bytes: Size = Field(8 * MIB, description="Bytes the relay keeps of each watched stream, at the most.")
    max_viewers: Count = Field(5_000, description="Most browsers connected to one web process.")
    max_watched: Count = Field(2_000, description="Most streams one viewer may watch.")
    viewer_buffer: Size = Field(
        256 * 1024, description="Unsent bytes past which a viewer skips ticks until it has caught up."
    )
    viewer_stall: Seconds = Field(30.0, description="A viewer that takes nothing for this long is disconnected.")

    # --- boards
    max_boards: Count = Field(200, description="Most saved boards.")
    max_board: Size = Field(512 * 1024, description="Largest saved board.")
    embed_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Origins whose pages may show a panel in a frame (/embed/ID), comma-separated, as https://intranet.example; * for all. Empty: none may.",
    )

    tile_url: str | None = Field(
        None,
        description="Street map under `map` panels: a tile server's address, as https://tiles.example/{z}/{x}/{y}.png. Viewers' browsers ask it themselves. "
        "Unset: outlines of the world, which need nobody.",
    )
    tile_attribution: str = Field(
        "", max_length=200, description="Whose map that is, as its licence wants it said: shown on it, as plain text."
    )

    # --- alerts
    alert_webhook: SecretStr | None = Field(
        None,
        description="URL that alerts are posted to as JSON (its `text` suits chat programs' incoming webhooks). Unset: none.",
    )
    alert_secret: SecretStr | None = Field(
        None,
        min_length=8,
        description="Signs what is posted there: X-Windsock-Signature is sha256=<HMAC-SHA256 of the body>, in hex.",
    )

    # --- video
    video_networks: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Networks, as 127.0.0.0/8, whose cameras are taken though refused by default (loopback, link-local, our own hosts); comma-separated.",
    )
    video_http: bool = Field(default=False, description="Take cameras that send MJPEG over http or https.")
    video_ca_file: Path | None = Field(
        None, description="PEM file of authorities that certify cameras (rtsps, https), beside those of the system."
    )
    video_test_feeds: bool = Field(
        default=False,
        description="Take test:// feeds, a moving pattern with a clock. On in `windsock up` and in docker compose, unless set to 0.",
    )
    video_webcams: bool = Field(
        default=False, description="Take this machine's own cameras, by their number: 0. Only `windsock up` does."
    )
    video_folder: Path | None = Field(
        None,
        description="Take video files and numbered pictures below this folder: file:yard.mp4, file:frames/%04d.jpg. Only `windsock up` does.",
    )
    video_max_feeds: Count = Field(16, description="Most feeds one video worker holds at a time.")
    video_fps: Annotated[float, Field(gt=0, le=60)] = Field(10.0, description="Most JPEG pictures of a feed a second.")
    video_height: Annotated[int, Field(ge=90, le=4320)] = Field(720, description="Largest height of JPEG pictures.")
    video_quality: Annotated[int, Field(ge=10, le=100)] = Field(80, description="Quality of JPEG pictures.")
    video_linger: Seconds = Field(
        10.0, description="A feed that nobody watches any more stays connected for this long."
    )
    video_lease: Annotated[float, Field(ge=0.5, le=60)] = Field(
        2.0, description="A video worker that is not heard of for this long loses its feeds to another."
    )
    video_frame_ttl: Seconds = Field(60.0, description="How long a feed's newest picture is kept for the next viewer.")
    video_open_timeout: Seconds = Field(5.0, description="A camera has this long to begin to send.")
    video_read_timeout: Seconds = Field(3.0, description="A camera that sends nothing for this long is connected anew.")

    # --- the all-in-one run
    open_browser: bool = Field(
        default=True, description="Open the board in a browser after the start, where there is a display."
    )
    data_dir: Path = Field(Path(".windsock"), description="Where the embedded broker keeps its data.")

    all_in_one: bool = Field(default=False, description="Set by `windsock up` for the services it starts, not by hand.")

    # --- operation
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["auto", "text", "json"] = Field("auto", description="auto: text on a terminal, JSON otherwise.")
    shutdown_seconds: Seconds = Field(4.0, description="Deadline of an orderly stop.")
    frontend_dir: Path | None = Field(
        None, description="Where the board's built files are. Unset: found next to the web service or in the checkout."
    )

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, object]) -> dict[str, object]:
        for name in ("cors_origins", "allowed_hosts", "trusted_proxies", "video_networks", "embed_origins"):
            text = values.get(name)
            if isinstance(text, str):
                values[name] = [part.strip() for part in text.split(",") if part.strip()]
        for name in (
            "publish_key",
            "reached_at",
            "redis_password_file",
            "alert_webhook",
            "alert_secret",
            "video_folder",
            "video_ca_file",
            "frontend_dir",
            "tile_url",
        ):
            if values.get(name) == "":
                values[name] = None  # `WINDSOCK_PUBLISH_KEY=` in a .env file means "none"
        return values

    @model_validator(mode="before")
    @classmethod
    def _complete_redis_url(cls, values: dict[str, object]) -> dict[str, object]:
        file, url = values.get("redis_password_file"), values.get("redis_url")
        if file and isinstance(url, str):
            parts = urlsplit(url)
            if parts.username and parts.password is None:
                try:
                    password = Path(str(file)).read_text().strip()
                except OSError as error:
                    raise ValueError(f"{PREFIX}REDIS_PASSWORD_FILE: {file}: {error.strerror}") from None
                user, _, place = parts.netloc.rpartition("@")
                values["redis_url"] = parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}").geturl()
        return values

    @model_validator(mode="after")
    def _embed_origins_are_origins(self) -> Settings:
        for origin in self.embed_origins:
            if not ORIGIN.fullmatch(origin):
                raise ValueError(f"{PREFIX}EMBED_ORIGINS: {origin!r} is no origin, as https://intranet.example")
        return self

    @model_validator(mode="after")
    def _tiles_have_an_address(self) -> Settings:
        if self.tile_url is not None:
            if self.tile_origin is None:
                raise ValueError(
                    f"{PREFIX}TILE_URL: {self.tile_url!r} is no address of tiles, as https://tiles.example/{{z}}/{{x}}/{{y}}.png"
                )
            missing = [name for name in TILE_PLACES if self.tile_url.count(name) != 1]
            if missing:
                raise ValueError(f"{PREFIX}TILE_URL: {' and '.join(missing)} must stand in it once")
        return self

    @model_validator(mode="after")
    def _networks_exist(self) -> Settings:
        for network in self.video_networks:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise ValueError(f"{PREFIX}VIDEO_NETWORKS: {error}") from None
        return self

    @model_validator(mode="after")
    def _webhook_is_a_url(self) -> Settings:
        if self.alert_webhook is not None:
            parts = urlsplit(self.alert_webhook.get_secret_value())
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ValueError(f"{PREFIX}ALERT_WEBHOOK is no http or https URL")
        return self

    @model_validator(mode="after")
    def _own_cameras_only_at_home(self) -> Settings:
        if (self.video_webcams or self.video_folder is not None) and not self.all_in_one:
            raise ValueError(
                f"{PREFIX}VIDEO_WEBCAMS and {PREFIX}VIDEO_FOLDER: only `windsock up` opens this machine's own cameras and files"
            )
        return self

    @model_validator(mode="after")
    def _shut_by_default(self) -> Settings:
        if self.publish_key is None and not self.allow_open and not is_loopback(self.reach):
            msg = (
                f"{PREFIX}BIND is {self.reach!r}, which others can reach, and {PREFIX}PUBLISH_KEY is not set: anybody could publish. "
                f"Set {PREFIX}PUBLISH_KEY, or {PREFIX}BIND=127.0.0.1"
            )
            raise ValueError(msg)
        return self

    @property
    def reach(self) -> str:
        """The address that others reach this by."""
        return self.reached_at or self.bind

    @property
    def tile_origin(self) -> str | None:
        """Where browsers get the tiles of maps from; None where there are none."""
        found = TILE_ADDRESS.fullmatch(self.tile_url or "")
        return found[1] if found else None

    def key_fits(self, shown: str | None) -> bool:
        """Whether `shown` is the publish key (True when none is set). Takes the same time however much of the key is right."""
        if self.publish_key is None:
            return True
        return shown is not None and hmac.compare_digest(
            shown.encode("utf-8", "surrogatepass"), self.publish_key.get_secret_value().encode()
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment and `.env`; `overrides` win.

    Raises:
        SettingsError: a value is wrong or a `WINDSOCK_*` name is unknown; the message has a line for each.
    """
    names = {PREFIX + name.upper() for name in Settings.model_fields} | OTHER_NAMES
    lines: list[str] = []
    # The file's names have lost their case.
    in_file = [f"{name.upper()} (in .env)" for name in DotEnvSettingsSource(Settings).env_vars]
    for shown in [*os.environ, *in_file]:
        name = shown.partition(" ")[0].upper()
        if name.startswith(PREFIX) and name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            lines.append(f"{shown}: there is no such setting" + (f"; did you mean {near[0]}?" if near else ""))
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]  # values are validated by pydantic
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            where = ".".join(str(part) for part in problem["loc"][:1])
            text = problem["msg"].removeprefix("Value error, ")
            if problem["type"] == "too_short":
                text = "should have at least {min_length} characters, not {actual_length}".format(
                    **problem.get("ctx", {})
                )
            lines.append(f"{PREFIX}{where.upper()}: {text}" if where else text)
        raise SettingsError("\n".join(lines)) from None
    if lines:
        raise SettingsError("\n".join(lines))
    return settings


def settings_or_exit(**overrides: object) -> Settings:
    """The settings, or the end of the process with status 2 and a sentence for each wrong one."""
    try:
        return load_settings(**overrides)
    except SettingsError as error:
        _exit(str(error))


def _exit(text: str) -> NoReturn:
    for line in text.splitlines():
        print(f"windsock: {line}", file=sys.stderr)  # noqa: T201  # there is no log before there are settings
    raise SystemExit(2)
