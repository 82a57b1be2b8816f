-- Ward OPS on SQLite, as it stands before the cutover. 001_core_schema.sql has the same tables and columns in the
-- same order with real types; what differs is what the move must get right:
--
--   is_*            INTEGER 0/1                                     boolean
--   *_at            TEXT, UTC, in one of two formats:               timestamptz
--                   `2025-10-11 02:31:07.123456` (older rows), `2025-10-11T02:31:07Z` (newer ones)
--   preferences, tags, condition, detail, settings, value
--                   TEXT with JSON                                  jsonb
--   latitude, longitude NUMERIC (6 decimals), rtt_ms (3), packet_loss (2), threshold (4)
--                                                                   numeric
--   load            REAL                                            double precision
--   *_octets, speed_bps INTEGER, up to 9223372036854775807 (counters pass 2^53)
--                                                                   bigint
--   icon, secret_sealed BLOB                                        bytea
--   names, notes, messages TEXT with Georgian and emoji; `''` and NULL both occur in notes and mean different things
--
-- Foreign keys are declared except the one of snmp_credentials, which is how an orphan came to be: a device was
-- deleted and its credentials stayed. The runbook finds it before T-0 and a person cleans it.

CREATE TABLE regions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_ka TEXT NOT NULL,
  population INTEGER
);

CREATE TABLE cities (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  region_id INTEGER NOT NULL REFERENCES regions (id),
  name TEXT NOT NULL,
  name_ka TEXT NOT NULL,
  latitude NUMERIC,
  longitude NUMERIC,
  UNIQUE (region_id, name)
);

CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  username TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  full_name TEXT NOT NULL,
  role TEXT NOT NULL,                       -- admin, operator, viewer
  is_active INTEGER NOT NULL DEFAULT 1,
  preferences TEXT,
  created_at TEXT NOT NULL,
  last_login_at TEXT
);

CREATE TABLE standalone_devices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  city_id INTEGER REFERENCES cities (id),
  name TEXT NOT NULL,
  ip_address TEXT NOT NULL UNIQUE,
  vendor TEXT,
  model TEXT,
  serial_number TEXT,
  is_enabled INTEGER NOT NULL DEFAULT 1,
  is_critical INTEGER NOT NULL DEFAULT 0,
  tags TEXT NOT NULL DEFAULT '[]',
  notes TEXT,
  icon BLOB,
  installed_at TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);
CREATE INDEX standalone_devices_city ON standalone_devices (city_id);

CREATE TABLE snmp_credentials (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  device_id INTEGER NOT NULL UNIQUE,        -- a standalone_devices.id, enforced by nobody
  version TEXT NOT NULL,                    -- v2c, v3
  port INTEGER NOT NULL DEFAULT 161,
  security_name TEXT,
  secret_sealed BLOB,
  is_verified INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL
);

CREATE TABLE device_interfaces (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  device_id INTEGER NOT NULL REFERENCES standalone_devices (id),
  if_index INTEGER NOT NULL,
  name TEXT NOT NULL,
  speed_bps INTEGER,
  in_octets INTEGER NOT NULL DEFAULT 0,
  out_octets INTEGER NOT NULL DEFAULT 0,
  is_up INTEGER NOT NULL DEFAULT 1,
  last_seen_at TEXT,
  UNIQUE (device_id, if_index)
);

CREATE TABLE ping_results (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  device_id INTEGER NOT NULL REFERENCES standalone_devices (id),
  checked_at TEXT NOT NULL,
  is_up INTEGER NOT NULL,
  rtt_ms NUMERIC,                           -- NULL when the device did not answer
  packet_loss NUMERIC NOT NULL DEFAULT 0    -- percent
);
CREATE INDEX ping_results_device_time ON ping_results (device_id, checked_at DESC);

CREATE TABLE traffic_samples (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  interface_id INTEGER NOT NULL REFERENCES device_interfaces (id),
  sampled_at TEXT NOT NULL,
  in_octets INTEGER NOT NULL,
  out_octets INTEGER NOT NULL,
  load REAL
);
CREATE INDEX traffic_samples_interface_time ON traffic_samples (interface_id, sampled_at DESC);

CREATE TABLE alert_rules (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  device_id INTEGER REFERENCES standalone_devices (id),   -- NULL: a rule for every device
  name TEXT NOT NULL,
  metric TEXT NOT NULL,
  operator TEXT NOT NULL,                   -- < <= = >= >
  threshold NUMERIC NOT NULL,
  severity TEXT NOT NULL,                   -- info, warning, critical
  condition TEXT,
  is_enabled INTEGER NOT NULL DEFAULT 1,
  created_by INTEGER REFERENCES users (id),
  created_at TEXT NOT NULL
);
CREATE INDEX alert_rules_device ON alert_rules (device_id) WHERE is_enabled = 1;

CREATE TABLE alerts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  rule_id INTEGER NOT NULL REFERENCES alert_rules (id),
  device_id INTEGER NOT NULL REFERENCES standalone_devices (id),
  message TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  closed_at TEXT,                           -- NULL while the alert is open
  is_acknowledged INTEGER NOT NULL DEFAULT 0,
  acknowledged_by INTEGER REFERENCES users (id),
  detail TEXT
);
CREATE INDEX alerts_open ON alerts (device_id, opened_at DESC) WHERE closed_at IS NULL;

CREATE TABLE maintenance_windows (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  device_id INTEGER REFERENCES standalone_devices (id),
  city_id INTEGER REFERENCES cities (id),
  reason TEXT NOT NULL,
  starts_at TEXT NOT NULL,
  ends_at TEXT NOT NULL,                    -- after starts_at
  created_by INTEGER NOT NULL REFERENCES users (id)
);

CREATE TABLE notification_channels (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL REFERENCES users (id),
  kind TEXT NOT NULL,                       -- email, slack, sms
  address TEXT NOT NULL,
  is_enabled INTEGER NOT NULL DEFAULT 1,
  settings TEXT
);

CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER REFERENCES users (id),
  action TEXT NOT NULL,
  object_type TEXT NOT NULL,
  object_id INTEGER,
  detail TEXT,
  happened_at TEXT NOT NULL
);
CREATE INDEX audit_log_time ON audit_log (happened_at DESC);

CREATE TABLE app_settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,                      -- JSON
  is_secret INTEGER NOT NULL DEFAULT 0,
  updated_at TEXT NOT NULL
);
