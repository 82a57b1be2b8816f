-- What is left of an attempt by the estimates of its parts: {"lowMs", "highMs", "unknown"}, as of `at`.
alter table cutover.progress add column remaining jsonb;
