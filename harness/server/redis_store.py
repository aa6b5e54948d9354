"""The memory of lanes in Redis, for servers on several machines. It takes the extra `harness[redis]`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from harness.errors import HarnessError, UsageError
from harness.mock.store import Committed

KEPT_S = 7 * 86400
"""How long a memory outlives its last change. Providers remember idempotency keys for up to a few days."""

PATIENCE_S = 5.0
"""How long Redis may take to answer; meanwhile the lanes wait."""

IDLE_S = 30
"""After so long without a command a connection is looked at before it is used: Redis may have ended it."""

_COMMIT = """
-- KEYS: values (hash), changes (field to the number of its last change), version (hash of name and number).
-- ARGV: the caller's version, a new name, seconds to keep all, then field, 1 or 0, value.
local name = redis.call('HGET', KEYS[3], 'name')
if not name then
  name = ARGV[2]
  redis.call('HSET', KEYS[3], 'name', name, 'number', 0)
end
local number = tonumber(redis.call('HGET', KEYS[3], 'number'))
local version = name .. ':' .. number
if version == ARGV[1] then
  if #ARGV == 3 then return {1, version, 0, {}} end
  number = number + 1
  redis.call('HSET', KEYS[3], 'number', number)
  for at = 4, #ARGV, 3 do
    if ARGV[at + 1] == '1' then
      redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 2])
    else
      redis.call('HDEL', KEYS[1], ARGV[at])
    end
    redis.call('ZADD', KEYS[2], number, ARGV[at])
  end
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[3]) end
  return {1, name .. ':' .. number, 0, {}}
end
local since, anew = '-inf', 1
local seen = string.match(ARGV[1], ':(%d+)$')
if seen and ARGV[1] == name .. ':' .. seen then
  since, anew = '(' .. seen, 0
end
local changes = {}
for _, field in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], since, '+inf')) do
  changes[#changes + 1] = field
  changes[#changes + 1] = redis.call('HGET', KEYS[1], field)
end
return {0, version, anew, changes}
"""
"""One transaction; Redis runs a script alone. A version is a name, which is another after all was deleted, and the
number of commits so far."""


class RedisStores:
    """The memories in one Redis database, `redis://host:port/number`. UsageError where there is none."""

    def __init__(self, url: str) -> None:
        self._place = _without_password(url)
        try:
            self._redis = redis.Redis.from_url(
                url,
                socket_timeout=PATIENCE_S,
                socket_connect_timeout=PATIENCE_S,
                health_check_interval=IDLE_S,
                # A commit whose answer was lost may have been done: who sends it again might do it twice.
                retry=Retry(NoBackoff(), 0),
            )
            self._redis.ping()
        except (ValueError, redis.RedisError) as error:
            raise UsageError(f"no store at {self._place}: {error}") from None
        self._commit = self._redis.register_script(_COMMIT)

    def store(self, name: str) -> RedisStore:
        """The memory of that name, the same one for everybody who asks."""
        return RedisStore(self, f"harness:{{{name}}}")

    def joined(self, key: str) -> int:
        """How many asked before."""
        try:
            count = self._redis.incr(f"{key}:servers")
            self._redis.expire(f"{key}:servers", KEPT_S)
        except redis.RedisError as error:
            raise self._failure(error) from None
        return int(count) - 1

    def commit(self, key: str, version: str, writes: Mapping[str, bytes | None]) -> Committed:
        """As `Store.commit`."""
        asked: list[str | bytes | int] = [version, uuid.uuid4().hex, KEPT_S]
        for field, value in writes.items():
            asked += (field, 0 if value is None else 1, value or b"")
        try:
            done, at, anew, told = self._commit(
                keys=[f"{key}:values", f"{key}:changes", f"{key}:version"], args=asked
            )
        except redis.RedisError as error:
            raise self._failure(error) from None
        changes = {field.decode(): value for field, value in zip(told[::2], told[1::2], strict=True)}
        return Committed(bool(done), at.decode(), changes, bool(anew))

    def _failure(self, error: redis.RedisError) -> HarnessError:
        return HarnessError(f"the store at {self._place} does not answer: {error}")


class RedisStore:
    """The memory of one lane. `joined`: how many servers had joined it before this one."""

    def __init__(self, stores: RedisStores, key: str) -> None:
        self._stores = stores
        self._key = key
        self.joined = stores.joined(key)

    def commit(self, version: str, writes: Mapping[str, bytes | None]) -> Committed:
        """As `Store.commit`. HarnessError where Redis does not answer."""
        return self._stores.commit(self._key, version, writes)


def _without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return "that URL"
