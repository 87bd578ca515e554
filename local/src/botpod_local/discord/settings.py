"""What a control call may change while the server runs; the defaults are Discord's own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Settings:
    """The knobs of the stand-in.

    Attributes:
        heartbeat_interval_ms: what HELLO asks for.
        heartbeat_grace: after so many intervals without a heartbeat the connection is closed (4009).
        identify_seconds: a connection that neither identifies nor resumes for so long is closed (4009).
        replay_events: how many events a session keeps for RESUME.
        resume_seconds: how long a session without a connection can be resumed (about 90 s was observed).
        sends: gateway sends that a connection may make in ``sends_seconds``.
        sends_seconds: see ``sends``.
        max_concurrency: IDENTIFYs in parallel.
        identify_spacing: seconds between two IDENTIFYs of one concurrency bucket.
        identifies: IDENTIFYs in ``identifies_seconds``.
        identifies_seconds: see ``identifies``.
        reset_on_exhaustion: whether one IDENTIFY too many ends every session and resets the token, as
            Discord does; else it is only refused.
        guilds_per_shard: more than so many on one shard need (more) sharding (4011).
        shards: what ``/gateway/bot`` recommends; None: by the guilds, a thousand a shard.
        global_limit: REST requests a second and bot.
        rate_limits: whether buckets and the global limit refuse at all.
        invalid_requests: invalid requests in ten minutes that make the edge ban an address.
        upload_bytes: the largest request with files.
        rest_latency: seconds each way of a REST request.
        gateway_latency: seconds each way on the gateway.
    """

    heartbeat_interval_ms: int = 41_250
    heartbeat_grace: float = 1.5
    identify_seconds: float = 30.0
    replay_events: int = 1000
    resume_seconds: float = 90.0
    sends: int = 120
    sends_seconds: float = 60.0
    max_concurrency: int = 1
    identify_spacing: float = 5.0
    identifies: int = 1000
    identifies_seconds: float = 86_400.0
    reset_on_exhaustion: bool = True
    guilds_per_shard: int = 2500
    shards: int | None = None
    global_limit: int = 50
    rate_limits: bool = True
    invalid_requests: int = 10_000
    upload_bytes: int = 25 * 1024 * 1024
    rest_latency: float = 0.0
    gateway_latency: float = 0.0
