"""Alerts in Redis: rules that people set, what is wrong now, and which web process is the watchman.

Guarantees: one watchman at a time, by a lease that only its holder renews; and what it writes is written only while it holds the lease, since Redis compares
and writes in one script. So one that was frozen past its lease and goes on changes nothing. Every method raises `WindsockError(unavailable)` when the broker
does not answer.
"""

from __future__ import annotations

import secrets
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import ValidationError

from windsock.shared.broker.lua import OWN, RELEASE
from windsock.shared.broker.resp import ReplyError
from windsock.shared.errors import Code, WindsockError
from windsock.shared.wire import AlertRule, Alerts

if TYPE_CHECKING:
    from windsock.shared.broker.redis import RedisBroker

__all__ = ["AlertStore"]

TELL: Final = files("windsock.web.alerts").joinpath("tell.lua").read_bytes()


class AlertStore:
    """See the module. One a process: its token is what the lease is held by."""

    def __init__(self, broker: RedisBroker) -> None:
        self._broker: Final = broker
        self.keys: Final = broker.keys
        self._token: Final = secrets.token_hex(8)

    async def _call(self, *command: str | bytes | int) -> Any:
        (reply,) = await self._broker.call(command)
        if isinstance(reply, ReplyError):
            self._broker.look_again(reply)
            raise WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}")
        return reply

    # --- rules

    async def rules(self) -> dict[str, AlertRule]:
        """All rules, by stream. One that can't be read (an older or newer Windsock wrote it) counts as none."""
        flat = cast("list[bytes]", await self._call("HGETALL", self.keys.alert_rules))
        found: dict[str, AlertRule] = {}
        for name, text in zip(flat[::2], flat[1::2], strict=True):
            try:
                found[name.decode()] = AlertRule.model_validate_json(text)
            except ValueError:  # pydantic's, too
                continue
        return found

    async def rule(self, stream: str) -> AlertRule | None:
        """A stream's rule."""
        text = cast("bytes | None", await self._call("HGET", self.keys.alert_rules, stream))
        try:
            return None if text is None else AlertRule.model_validate_json(text)
        except ValidationError:
            return None

    async def set_rule(self, stream: str, rule: AlertRule) -> None:
        """Set a stream's rule, and tell every web process."""
        await self._call(
            "HSET", self.keys.alert_rules, stream, rule.model_dump_json(exclude_none=True, exclude_defaults=True)
        )
        await self._call("PUBLISH", self.keys.alerts_changed, f"rule {stream}")

    async def remove_rule(self, stream: str) -> bool:
        """Forget a stream's rule. False if there was none."""
        gone = await self._call("HDEL", self.keys.alert_rules, stream)
        # Told also if there was none: it may be the second try, and the word of the first may not have got out.
        await self._call("PUBLISH", self.keys.alerts_changed, f"rule {stream}")
        return bool(gone)

    # --- the watchman

    async def own(self, lease_ms: int) -> bool:
        """Take the lease, or renew it. Whether we hold it."""
        reply = await self._call(
            "EVALSHA", OWN.sha, 2, self.keys.alerts_owner, self.keys.alerts_fence, self._token, lease_ms
        )
        return cast("int", reply) > 0

    async def release(self) -> None:
        """Give the lease back, if it is ours."""
        await self._call("EVALSHA", RELEASE.sha, 1, self.keys.alerts_owner, self._token)

    # --- what is wrong

    async def alerts(self) -> Alerts:
        """What the watchman wrote last."""
        text = cast("bytes | None", await self._call("GET", self.keys.alerts))
        try:
            return Alerts(active=[], recent=[]) if text is None else Alerts.model_validate_json(text)
        except ValidationError:
            return Alerts(active=[], recent=[])

    async def tell(self, alerts: Alerts) -> bool:
        """Write what is wrong, and tell every web process. False if we are not the watchman any more: nothing was written."""
        text = alerts.model_dump_json(exclude_none=True)
        written = await self._call("EVAL", TELL, 2, self.keys.alerts_owner, self.keys.alerts, self._token, text)
        if written:
            await self._call("PUBLISH", self.keys.alerts_changed, "state")
        return bool(written)

    async def delivered(self) -> int:
        """Number of the last event that the webhook took."""
        text = cast("bytes | None", await self._call("GET", self.keys.alerts_delivered))
        try:
            return int(text or 0)
        except ValueError:
            return 0

    async def set_delivered(self, number: int) -> None:
        """The webhook took the events up to this one, or they were given up."""
        await self._call("SET", self.keys.alerts_delivered, number)
