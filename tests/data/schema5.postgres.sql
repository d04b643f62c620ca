
CREATE TYPE public.procrastinate_job_event_type AS ENUM (
'deferred',
'started',
'deferred_for_retry',
'failed',
'succeeded',
'cancelled',
'abort_requested',
'aborted',
'scheduled',
'retried'
);
CREATE TYPE public.procrastinate_job_status AS ENUM (
'todo',
'doing',
'succeeded',
'failed',
'cancelled',
'aborting',
'aborted'
);
CREATE TYPE public.procrastinate_job_to_defer_v1 AS (
queue_name character varying,
task_name character varying,
priority integer,
lock text,
queueing_lock text,
args jsonb,
scheduled_at timestamp with time zone
);
CREATE FUNCTION public.procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
_job_id bigint;
BEGIN
IF delete_job THEN
DELETE FROM procrastinate_jobs
WHERE id = job_id AND status = 'todo'
RETURNING id INTO _job_id;
END IF;
IF _job_id IS NULL THEN
IF abort THEN
UPDATE procrastinate_jobs
SET abort_requested = true,
status = CASE status
WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
END
WHERE id = job_id AND status IN ('todo', 'doing')
RETURNING id INTO _job_id;
ELSE
UPDATE procrastinate_jobs
SET status = 'cancelled'::procrastinate_job_status
WHERE id = job_id AND status = 'todo'
RETURNING id INTO _job_id;
END IF;
END IF;
RETURN _job_id;
END;
$$;
CREATE FUNCTION public.procrastinate_defer_jobs_v1(jobs public.procrastinate_job_to_defer_v1[]) RETURNS bigint[]
LANGUAGE plpgsql
AS $$
DECLARE
job_ids bigint[];
BEGIN
WITH inserted_jobs AS (
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
SELECT (job).queue_name,
(job).task_name,
(job).priority,
(job).lock,
(job).queueing_lock,
(job).args,
(job).scheduled_at
FROM unnest(jobs) AS job
RETURNING id
)
SELECT array_agg(id) FROM inserted_jobs INTO job_ids;
RETURN job_ids;
END;
$$;
CREATE FUNCTION public.procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
_job_id bigint;
_defer_id bigint;
BEGIN
INSERT
INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
VALUES (_task_name, _periodic_id, _defer_timestamp)
ON CONFLICT DO NOTHING
RETURNING id into _defer_id;
IF _defer_id IS NULL THEN
RETURN NULL;
END IF;
UPDATE procrastinate_periodic_defers
SET job_id = (
SELECT COALESCE((
SELECT unnest(procrastinate_defer_jobs_v1(
ARRAY[
ROW(
_queue_name,
_task_name,
_priority,
_lock,
_queueing_lock,
_args,
NULL::timestamptz
)
]::procrastinate_job_to_defer_v1[]
))
), NULL)
)
WHERE id = _defer_id
RETURNING job_id INTO _job_id;
DELETE
FROM procrastinate_periodic_defers
USING (
SELECT id
FROM procrastinate_periodic_defers
WHERE procrastinate_periodic_defers.task_name = _task_name
AND procrastinate_periodic_defers.periodic_id = _periodic_id
AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
ORDER BY id
FOR UPDATE
) to_delete
WHERE procrastinate_periodic_defers.id = to_delete.id;
RETURN _job_id;
END;
$$;
CREATE TABLE public.procrastinate_jobs (
id bigint NOT NULL,
queue_name character varying(128) NOT NULL,
task_name character varying(128) NOT NULL,
priority integer DEFAULT 0 NOT NULL,
lock text,
queueing_lock text,
args jsonb DEFAULT '{}'::jsonb NOT NULL,
status public.procrastinate_job_status DEFAULT 'todo'::public.procrastinate_job_status NOT NULL,
scheduled_at timestamp with time zone,
attempts integer DEFAULT 0 NOT NULL,
abort_requested boolean DEFAULT false NOT NULL,
worker_id bigint,
CONSTRAINT check_not_todo_abort_requested CHECK ((NOT ((status = 'todo'::public.procrastinate_job_status) AND (abort_requested = true))))
);
CREATE FUNCTION public.procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) RETURNS public.procrastinate_jobs
LANGUAGE plpgsql
AS $$
DECLARE
found_jobs procrastinate_jobs;
BEGIN
WITH candidate AS (
SELECT jobs.*
FROM procrastinate_jobs AS jobs
WHERE
-- reject the job if its lock has earlier or higher priority jobs
NOT EXISTS (
SELECT 1
FROM procrastinate_jobs AS other_jobs
WHERE
jobs.lock IS NOT NULL
AND other_jobs.lock = jobs.lock
AND (
-- job with same lock is already running
other_jobs.status = 'doing'
OR
-- job with same lock is waiting and has higher priority (or same priority but was queued first)
(
other_jobs.status = 'todo'
AND (
other_jobs.priority > jobs.priority
OR (
other_jobs.priority = jobs.priority
AND other_jobs.id < jobs.id
)
)
)
)
)
AND jobs.status = 'todo'
AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
FOR UPDATE OF jobs SKIP LOCKED
)
UPDATE procrastinate_jobs
SET status = 'doing', worker_id = p_worker_id
FROM candidate
WHERE procrastinate_jobs.id = candidate.id
RETURNING procrastinate_jobs.* INTO found_jobs;
RETURN found_jobs;
END;
$$;
CREATE FUNCTION public.procrastinate_finish_job_v1(job_id bigint, end_status public.procrastinate_job_status, delete_job boolean) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
_job_id bigint;
BEGIN
IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
END IF;
IF delete_job THEN
DELETE FROM procrastinate_jobs
WHERE id = job_id AND status IN ('todo', 'doing')
RETURNING id INTO _job_id;
ELSE
UPDATE procrastinate_jobs
SET status = end_status,
abort_requested = false,
attempts = CASE status
WHEN 'doing' THEN attempts + 1 ELSE attempts
END
WHERE id = job_id AND status IN ('todo', 'doing')
RETURNING id INTO _job_id;
END IF;
IF _job_id IS NULL THEN
RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
END IF;
END;
$$;
CREATE FUNCTION public.procrastinate_notify_queue_abort_job_v1() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
payload TEXT;
BEGIN
SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
PERFORM pg_notify('procrastinate_any_queue_v1', payload);
RETURN NEW;
END;
$$;
CREATE FUNCTION public.procrastinate_notify_queue_job_inserted_v1() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
payload TEXT;
BEGIN
SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
PERFORM pg_notify('procrastinate_any_queue_v1', payload);
RETURN NEW;
END;
$$;
CREATE FUNCTION public.procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) RETURNS TABLE(worker_id bigint)
LANGUAGE plpgsql
AS $$
BEGIN
RETURN QUERY
DELETE FROM procrastinate_workers
WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
RETURNING procrastinate_workers.id;
END;
$$;
CREATE FUNCTION public.procrastinate_register_worker_v1() RETURNS TABLE(worker_id bigint)
LANGUAGE plpgsql
AS $$
BEGIN
RETURN QUERY
INSERT INTO procrastinate_workers DEFAULT VALUES
RETURNING procrastinate_workers.id;
END;
$$;
CREATE FUNCTION public.procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
_job_id bigint;
_abort_requested boolean;
BEGIN
SELECT abort_requested FROM procrastinate_jobs
WHERE id = job_id AND status = 'doing'
FOR UPDATE
INTO _abort_requested;
IF _abort_requested THEN
UPDATE procrastinate_jobs
SET status = 'failed'::procrastinate_job_status
WHERE id = job_id AND status = 'doing'
RETURNING id INTO _job_id;
ELSE
UPDATE procrastinate_jobs
SET status = 'todo'::procrastinate_job_status,
attempts = attempts + 1,
scheduled_at = retry_at,
priority = COALESCE(new_priority, priority),
queue_name = COALESCE(new_queue_name, queue_name),
lock = COALESCE(new_lock, lock)
WHERE id = job_id AND status = 'doing'
RETURNING id INTO _job_id;
END IF;
IF _job_id IS NULL THEN
RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
END IF;
END;
$$;
CREATE FUNCTION public.procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
_job_id bigint;
_abort_requested boolean;
_current_status procrastinate_job_status;
BEGIN
SELECT status, abort_requested FROM procrastinate_jobs
WHERE id = job_id AND status IN ('doing', 'failed')
FOR UPDATE
INTO _current_status, _abort_requested;
IF _current_status = 'doing' AND _abort_requested THEN
UPDATE procrastinate_jobs
SET status = 'failed'::procrastinate_job_status
WHERE id = job_id AND status = 'doing'
RETURNING id INTO _job_id;
ELSE
UPDATE procrastinate_jobs
SET status = 'todo'::procrastinate_job_status,
attempts = attempts + 1,
scheduled_at = retry_at,
priority = COALESCE(new_priority, priority),
queue_name = COALESCE(new_queue_name, queue_name),
lock = COALESCE(new_lock, lock)
WHERE id = job_id AND status IN ('doing', 'failed')
RETURNING id INTO _job_id;
END IF;
IF _job_id IS NULL THEN
RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
END IF;
END;
$$;
CREATE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
INSERT INTO procrastinate_events(job_id, type)
VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
RETURN NEW;
END;
$$;
CREATE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
INSERT INTO procrastinate_events(job_id, type, at)
VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);
RETURN NEW;
END;
$$;
CREATE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
INSERT INTO procrastinate_events(job_id, type)
VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
RETURN NEW;
END;
$$;
CREATE FUNCTION public.procrastinate_trigger_function_status_events_update_v1() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
WITH t AS (
SELECT CASE
WHEN OLD.status = 'todo'::procrastinate_job_status
AND NEW.status = 'doing'::procrastinate_job_status
THEN 'started'::procrastinate_job_event_type
WHEN OLD.status = 'doing'::procrastinate_job_status
AND NEW.status = 'todo'::procrastinate_job_status
THEN 'deferred_for_retry'::procrastinate_job_event_type
WHEN OLD.status = 'doing'::procrastinate_job_status
AND NEW.status = 'failed'::procrastinate_job_status
THEN 'failed'::procrastinate_job_event_type
WHEN OLD.status = 'doing'::procrastinate_job_status
AND NEW.status = 'succeeded'::procrastinate_job_status
THEN 'succeeded'::procrastinate_job_event_type
WHEN OLD.status = 'todo'::procrastinate_job_status
AND (
NEW.status = 'cancelled'::procrastinate_job_status
OR NEW.status = 'failed'::procrastinate_job_status
OR NEW.status = 'succeeded'::procrastinate_job_status
)
THEN 'cancelled'::procrastinate_job_event_type
WHEN OLD.status = 'doing'::procrastinate_job_status
AND NEW.status = 'aborted'::procrastinate_job_status
THEN 'aborted'::procrastinate_job_event_type
WHEN OLD.status = 'failed'::procrastinate_job_status
AND NEW.status = 'todo'::procrastinate_job_status
THEN 'retried'::procrastinate_job_event_type
ELSE NULL
END as event_type
)
INSERT INTO procrastinate_events(job_id, type)
SELECT NEW.id, t.event_type
FROM t
WHERE t.event_type IS NOT NULL;
RETURN NEW;
END;
$$;
CREATE FUNCTION public.procrastinate_unlink_periodic_defers_v1() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
UPDATE procrastinate_periodic_defers
SET job_id = NULL
WHERE job_id = OLD.id;
RETURN OLD;
END;
$$;
CREATE FUNCTION public.procrastinate_unregister_worker_v1(worker_id bigint) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
DELETE FROM procrastinate_workers
WHERE id = worker_id;
END;
$$;
CREATE FUNCTION public.procrastinate_update_heartbeat_v1(worker_id bigint) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
UPDATE procrastinate_workers
SET last_heartbeat = NOW()
WHERE id = worker_id;
END;
$$;
CREATE TABLE public.cards (
channel text NOT NULL,
conversation text NOT NULL,
ts text NOT NULL,
posted_at double precision NOT NULL,
rule text DEFAULT ''::text NOT NULL,
"position" integer DEFAULT 0 NOT NULL,
earlier text DEFAULT ''::text NOT NULL
);
CREATE TABLE public.conversations (
id text NOT NULL,
email text NOT NULL,
replied_at text NOT NULL,
seen_at double precision NOT NULL,
snapshot text NOT NULL,
announced text DEFAULT ''::text NOT NULL,
positive integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.decisions (
seq bigint NOT NULL,
id text NOT NULL,
conversation text NOT NULL,
person text NOT NULL,
name text NOT NULL,
change text NOT NULL,
at double precision NOT NULL,
old_ai_tag text,
new_ai_tag text,
tags text NOT NULL,
replied_at text DEFAULT ''::text NOT NULL
);
CREATE SEQUENCE public.decisions_seq_seq
START WITH 1
INCREMENT BY 1
NO MINVALUE
NO MAXVALUE
CACHE 1;
ALTER SEQUENCE public.decisions_seq_seq OWNED BY public.decisions.seq;
CREATE TABLE public.entries (
seq bigint NOT NULL,
id text NOT NULL,
kind text NOT NULL,
lane text NOT NULL,
payload text NOT NULL,
twin text,
written_at double precision NOT NULL,
due_at double precision NOT NULL,
attempts integer NOT NULL,
begun integer NOT NULL,
state text NOT NULL,
steps text NOT NULL,
settled_at double precision DEFAULT 0 NOT NULL
);
CREATE SEQUENCE public.entries_seq_seq
START WITH 1
INCREMENT BY 1
NO MINVALUE
NO MAXVALUE
CACHE 1;
ALTER SEQUENCE public.entries_seq_seq OWNED BY public.entries.seq;
CREATE TABLE public.facts (
name text NOT NULL,
value text NOT NULL
);
CREATE TABLE public.folded (
channel text NOT NULL,
ts text NOT NULL,
conversation text NOT NULL,
"position" integer NOT NULL,
rule text NOT NULL,
newer text DEFAULT ''::text NOT NULL,
words text DEFAULT ''::text NOT NULL
);
CREATE TABLE public.procrastinate_events (
id bigint NOT NULL,
job_id bigint NOT NULL,
type public.procrastinate_job_event_type,
at timestamp with time zone DEFAULT now()
);
CREATE SEQUENCE public.procrastinate_events_id_seq
START WITH 1
INCREMENT BY 1
NO MINVALUE
NO MAXVALUE
CACHE 1;
ALTER SEQUENCE public.procrastinate_events_id_seq OWNED BY public.procrastinate_events.id;
CREATE SEQUENCE public.procrastinate_jobs_id_seq
START WITH 1
INCREMENT BY 1
NO MINVALUE
NO MAXVALUE
CACHE 1;
ALTER SEQUENCE public.procrastinate_jobs_id_seq OWNED BY public.procrastinate_jobs.id;
CREATE TABLE public.procrastinate_periodic_defers (
id bigint NOT NULL,
task_name character varying(128) NOT NULL,
defer_timestamp bigint,
job_id bigint,
periodic_id character varying(128) DEFAULT ''::character varying NOT NULL
);
CREATE SEQUENCE public.procrastinate_periodic_defers_id_seq
START WITH 1
INCREMENT BY 1
NO MINVALUE
NO MAXVALUE
CACHE 1;
ALTER SEQUENCE public.procrastinate_periodic_defers_id_seq OWNED BY public.procrastinate_periodic_defers.id;
CREATE TABLE public.procrastinate_workers (
id bigint NOT NULL,
last_heartbeat timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE public.procrastinate_workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
SEQUENCE NAME public.procrastinate_workers_id_seq
START WITH 1
INCREMENT BY 1
NO MINVALUE
NO MAXVALUE
CACHE 1
);
CREATE TABLE public.routes (
channel text NOT NULL,
filters text NOT NULL,
made_by text NOT NULL,
made_at double precision NOT NULL,
broken text
);
CREATE TABLE public.schema_version (
version integer NOT NULL
);
ALTER TABLE ONLY public.decisions ALTER COLUMN seq SET DEFAULT nextval('public.decisions_seq_seq'::regclass);
ALTER TABLE ONLY public.entries ALTER COLUMN seq SET DEFAULT nextval('public.entries_seq_seq'::regclass);
ALTER TABLE ONLY public.procrastinate_events ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_events_id_seq'::regclass);
ALTER TABLE ONLY public.procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_jobs_id_seq'::regclass);
ALTER TABLE ONLY public.procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_periodic_defers_id_seq'::regclass);
INSERT INTO public.cards VALUES
('C0TRIAGE', '@first13@', '@ts summary@', 1764000000, 'it was unread when the bot was first started', 0, ''),
('C0TRIAGE', '@first12@', '@ts summary@', 1764000000, 'it was unread when the bot was first started', 1, ''),
('C0TRIAGE', '@first11@', '@ts summary@', 1764000000, 'it was unread when the bot was first started', 2, ''),
('C0TRIAGE', '@first10@', '@ts summary@', 1764000000, 'it was unread when the bot was first started', 3, ''),
('C0TRIAGE', '@first9@', '@ts summary@', 1764000000, 'it was unread when the bot was first started', 4, ''),
('C0TRIAGE', '@first8@', '@ts summary@', 1764000000, 'it was unread when the bot was first started', 5, ''),
('C0TRIAGE', '@first7@', '@ts summary@', 1764000000, 'it was unread when the bot was first started', 6, ''),
('C0TRIAGE', '@first6@', '@ts summary@', 1764000000, 'it was unread when the bot was first started', 7, ''),
('C0TRIAGE', '@first5@', '@ts summary@', 1764000000, 'it was unread when the bot was first started', 8, ''),
('C0TRIAGE', '@first4@', '@ts summary@', 1764000000, 'it was unread when the bot was first started', 9, ''),
('C0TRIAGE', '@first3@', '@ts summary@', 1764000000, 'it was unread when the bot was first started', 10, ''),
('C0TRIAGE', '@first2@', '@ts summary@', 1764000000, 'it was unread when the bot was first started', 11, ''),
('C0TRIAGE', '@pressed@', '@ts pressed@', 1764000000, 'no subscription takes it, and this is the triage channel', 0, ''),
('C0TRIAGE', '@menu@', '@ts menu@', 1764000000, 'no subscription takes it, and this is the triage channel', 0, ''),
('C0TRIAGE', '@waiting@', '@ts waiting@', 1764000001, 'no subscription takes it, and this is the triage channel', 0, ''),
('C0TRIAGE', '@unchanged@', '@ts unchanged@', 1764000001, 'no subscription takes it, and this is the triage channel', 0, ''),
('C0TRIAGE', '@refused@', '@ts refused@', 1764000001, 'no subscription takes it, and this is the triage channel', 0, ''),
('C0TRIAGE', '@further@', '@ts further@', 1764000002, 'no subscription takes it, and this is the triage channel', 0, ''),
('C0TRIAGE', '@typed@', '@ts typed@', 1764000002, 'no subscription takes it, and this is the triage channel', 0, ''),
('C0DEALS', '@split@', '@ts split@', 1764000002, 'campaign:Q2', 0, ''),
('C0TRIAGE', '@folded@', '@ts folded newer@', 1764000003, 'no subscription takes it, and this is the triage channel', 0, 'https://playground.slack.com/archives/C0TRIAGE/p@p folded@'),
('C0TRIAGE', '@folding@', '@ts folding newer@', 1764000003, 'no subscription takes it, and this is the triage channel', 0, 'https://playground.slack.com/archives/C0TRIAGE/p@p folding@');
INSERT INTO public.conversations VALUES
('@first13@', 'first13@example.com', '@at first13@', 1764000000, '{"id": "@first13@", "lead": {"email": "first13@example.com", "name": "First13 Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from first13.", "replied_at": "@at first13@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at first13@', 0),
('@folding@', 'folding@example.com', '@at folding@', 1764000004, '{"id": "@folding@", "lead": {"email": "folding@example.com", "name": "Folding Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "A second hello from folding.", "replied_at": "@at folding@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@before folding@', 0),
('@first11@', 'first11@example.com', '@at first11@', 1764000000, '{"id": "@first11@", "lead": {"email": "first11@example.com", "name": "First11 Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from first11.", "replied_at": "@at first11@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at first11@', 0),
('@first10@', 'first10@example.com', '@at first10@', 1764000000, '{"id": "@first10@", "lead": {"email": "first10@example.com", "name": "First10 Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from first10.", "replied_at": "@at first10@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at first10@', 0),
('@refused@', 'refused@example.com', '@at refused@', 1764000001, '{"id": "@refused@", "lead": {"email": "refused@example.com", "name": "Refused Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from refused.", "replied_at": "@at refused@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at refused@', 0),
('@late@', 'late@example.com', '@at late@', 1764000004, '{"id": "@late@", "lead": {"email": "late@example.com", "name": "Late Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from late.", "replied_at": "@at late@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '', 0),
('@astray@', 'astray@example.com', '@at astray@', 1764000002, '{"id": "@astray@", "lead": {"email": "astray@example.com", "name": "Astray Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from astray.", "replied_at": "@at astray@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at astray@', 0),
('@first12@', 'first12@example.com', '@at first12@', 1764000002, '{"id": "@first12@", "lead": {"email": "first12@example.com", "name": "First12 Lead", "company": ""}, "campaign": "Q1", "ai_tag": "interested", "tags": [], "unread": true, "words": "Hello from first12.", "replied_at": "@at first12@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at first12@', 0),
('@further@', 'further@example.com', '@at further@', 1764000004, '{"id": "@further@", "lead": {"email": "further@example.com", "name": "Further Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "A second hello from further.", "replied_at": "@at further@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@before further@', 0),
('@lost@', 'lost@example.com', '@at lost@', 1764000002, '{"id": "@lost@", "lead": {"email": "lost@example.com", "name": "Lost Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from lost.", "replied_at": "@at lost@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '', 0),
('@first9@', 'first9@example.com', '@at first9@', 1764000000, '{"id": "@first9@", "lead": {"email": "first9@example.com", "name": "First9 Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from first9.", "replied_at": "@at first9@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at first9@', 0),
('@first8@', 'first8@example.com', '@at first8@', 1764000000, '{"id": "@first8@", "lead": {"email": "first8@example.com", "name": "First8 Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from first8.", "replied_at": "@at first8@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at first8@', 0),
('@first6@', 'first6@example.com', '@at first6@', 1764000000, '{"id": "@first6@", "lead": {"email": "first6@example.com", "name": "First6 Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from first6.", "replied_at": "@at first6@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at first6@', 0),
('@first5@', 'first5@example.com', '@at first5@', 1764000000, '{"id": "@first5@", "lead": {"email": "first5@example.com", "name": "First5 Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from first5.", "replied_at": "@at first5@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at first5@', 0),
('@first4@', 'first4@example.com', '@at first4@', 1764000000, '{"id": "@first4@", "lead": {"email": "first4@example.com", "name": "First4 Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from first4.", "replied_at": "@at first4@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at first4@', 0),
('@first3@', 'first3@example.com', '@at first3@', 1764000000, '{"id": "@first3@", "lead": {"email": "first3@example.com", "name": "First3 Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from first3.", "replied_at": "@at first3@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at first3@', 0),
('@first2@', 'first2@example.com', '@at first2@', 1764000000, '{"id": "@first2@", "lead": {"email": "first2@example.com", "name": "First2 Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from first2.", "replied_at": "@at first2@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at first2@', 0),
('@first1@', 'first1@example.com', '@at first1@', 1764000000, '{"id": "@first1@", "lead": {"email": "first1@example.com", "name": "First1 Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from first1.", "replied_at": "@at first1@", "auto_reply": false}', '@at first1@', 0),
('@pressed@', 'pressed@example.com', '@at pressed@', 1764000000, '{"id": "@pressed@", "lead": {"email": "pressed@example.com", "name": "Pressed Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from pressed.", "replied_at": "@at pressed@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at pressed@', 0),
('@menu@', 'menu@example.com', '@at menu@', 1764000000, '{"id": "@menu@", "lead": {"email": "menu@example.com", "name": "Menu Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from menu.", "replied_at": "@at menu@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at menu@', 0),
('@unchanged@', 'unchanged@example.com', '@at unchanged@', 1764000001, '{"id": "@unchanged@", "lead": {"email": "unchanged@example.com", "name": "Unchanged Lead", "company": ""}, "campaign": "Q1", "ai_tag": "interested", "tags": [], "unread": true, "words": "Hello from unchanged.", "replied_at": "@at unchanged@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at unchanged@', 0),
('@first7@', 'first7@example.com', '@at first7@', 1764000003, '{"id": "@first7@", "lead": {"email": "first7@example.com", "name": "First7 Lead", "company": ""}, "campaign": "Q1", "ai_tag": "interested", "tags": ["vip"], "unread": true, "words": "Hello from first7.", "replied_at": "@at first7@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at first7@', 0),
('@typed@', 'typed@example.com', '@at typed@', 1764000002, '{"id": "@typed@", "lead": {"email": "typed@example.com", "name": "Typed Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from typed.", "replied_at": "@at typed@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at typed@', 0),
('@folded@', 'folded@example.com', '@at folded@', 1764000003, '{"id": "@folded@", "lead": {"email": "folded@example.com", "name": "Folded Lead", "company": ""}, "campaign": "Q1", "ai_tag": "interested", "tags": [], "unread": true, "words": "A second hello from folded.", "replied_at": "@at folded@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at folded@', 0),
('@waiting@', 'waiting@example.com', '@at waiting@', 1764000003, '{"id": "@waiting@", "lead": {"email": "waiting@example.com", "name": "Waiting Lead", "company": ""}, "campaign": "Q1", "ai_tag": "interested", "tags": [], "unread": true, "words": "Hello from waiting.", "replied_at": "@at waiting@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at waiting@', 0),
('@split@', 'split@example.com', '@at split@', 1764000002, '{"id": "@split@", "lead": {"email": "split@example.com", "name": "Split Lead", "company": ""}, "campaign": "Q2", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from split.", "replied_at": "@at split@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}', '@at split@', 0);
INSERT INTO public.decisions VALUES
(1, 'click:c64cfd871d6027911ea06222e28f06c3', '@first12@', 'U0ADA', 'Ada', '{"aiTag": "interested"}', 1764000002, NULL, 'interested', '[]', '@at first12@'),
(2, 'click:d8a41c14e8b96313f377b99ba314a59d', '@folded@', 'U0ADA', 'Ada', '{"aiTag": "interested"}', 1764000002, NULL, 'interested', '[]', '@before folded@'),
(3, 'command:1795945501422.5.f63e0609d292f2add83af4edc244aa3b/decide', '@first7@', 'U0ADA', 'Ada', '{"addTags": ["vip"], "removeTags": []}', 1764000003, 'interested', 'interested', '["vip"]', '@at first7@'),
(4, 'click:5bb613aa3128cded8b537e33e55460ec', '@waiting@', 'U0ADA', 'Ada', '{"aiTag": "interested"}', 1764000003, NULL, 'interested', '[]', '@at waiting@');
INSERT INTO public.entries VALUES
(1, 'first look', 'first_look', 'first look', '', NULL, 1764000000, 1764000000, 0, 1, 'done', '{}', 0),
(16, 'click:c64cfd871d6027911ea06222e28f06c3', 'carry_out', 'conversation:@first12@', '', 'U0ADA {''aiTag'': ''interested''} @ts summary@', 1764000002, 1764000002, 0, 1, 'done', '{}', 0),
(17, 'click:d8a41c14e8b96313f377b99ba314a59d', 'carry_out', 'conversation:@folded@', '', 'U0ADA {''aiTag'': ''interested''} @ts folded@', 1764000002, 1764000002, 0, 1, 'done', '{}', 0),
(25, 'reply:@late@:@at late@', 'announce', 'conversation:@late@', '{"conversation": "@late@", "reply": true, "positive": false, "told": "@at late@"}', NULL, 1764000004, 1764003013, 2, 0, 'open', '{"look": {"fresh": true, "before": null, "places": []}}', 1764000014),
(21, 'reply:@folding@:@at folding@', 'announce', 'conversation:@folding@', '{"conversation": "@folding@", "reply": true, "positive": false, "told": "@at folding@"}', NULL, 1764000003, 1764003013, 3, 0, 'open', '{"look": {"fresh": true, "before": {"id": "@folding@", "lead": {"email": "folding@example.com", "name": "Folding Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from folding.", "replied_at": "@before folding@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}, "places": [{"channel": "C0TRIAGE", "ts": "@ts folding@"}]}, "card": {"channel": "C0TRIAGE", "ts": "@ts folding newer@"}}', 1764000014),
(22, 'click:5bb613aa3128cded8b537e33e55460ec', 'carry_out', 'conversation:@waiting@', '{"conversation": "@waiting@", "change": {"aiTag": "interested"}, "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": "@ts waiting@", "thread": null, "private": false, "response_url": "@url 0@"}, "at": 1764000003}', 'U0ADA {''aiTag'': ''interested''} @ts waiting@', 1764000003, 1764003010, 6, 0, 'open', '{"patch": {"decision": "click:5bb613aa3128cded8b537e33e55460ec", "conversation": "@waiting@", "person": "Ada", "change": {"aiTag": "interested"}, "at": 1764000003, "old_ai_tag": null, "new_ai_tag": "interested", "tags": [], "replied_at": "@at waiting@"}, "card": {"channel": "C0TRIAGE", "ts": "@ts waiting@"}}', 1764000014),
(24, 'click:63ce7abc9935e295651fae5db7650118', 'carry_out', 'conversation:@refused@', '{"conversation": "@refused@", "change": {"aiTag": "interested"}, "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": "@ts refused@", "thread": null, "private": false, "response_url": "@url 1@"}, "at": 1764000004}', 'U0ADA {''aiTag'': ''interested''} @ts refused@', 1764000004, 1764003010, 6, 0, 'open', '{"patch": {"refused": "SendKit refused this: \u201cNo such tag\u201d. Change it and try again.", "private": false}}', 1764000014),
(68, 'command:12', 'command', 'questions:U0ADA', '{"text": "show tagged@example.com", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(70, 'command:14', 'command', 'questions:U0ADA', '{"text": "why https://playground.slack.com/archives/C0TRIAGE/p@p folded newer@", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(71, 'command:15', 'command', 'questions:U0ADA', '{"text": "subscribe campaign:Q3 --rehearse", "origin": {"channel": "C0GENERAL", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(72, 'command:16', 'command', 'questions:U0ADA', '{"text": "subscribe aitag:wrong_person -tags:cold", "origin": {"channel": "C0GENERAL", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(28, 'click:9e7907caf9f66b78a07c097f642670d2', 'carry_out', 'conversation:@pressed@', '{"conversation": "@pressed@", "change": {"markRead": true}, "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": "@ts pressed@", "thread": null, "private": false, "response_url": "@url 7@"}, "at": 1764000004}', 'U0ADA {''markRead'': True} @ts pressed@', 1764000004, 1764000004, 0, 0, 'open', '{}', 0),
(26, 'reply:@further@:@at further@', 'announce', 'conversation:@further@', '{"conversation": "@further@", "reply": true, "positive": false, "told": "@at further@"}', NULL, 1764000004, 1764003013, 2, 0, 'open', '{"look": {"fresh": true, "before": {"id": "@further@", "lead": {"email": "further@example.com", "name": "Further Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from further.", "replied_at": "@before further@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}, "places": [{"channel": "C0TRIAGE", "ts": "@ts further@"}]}}', 1764000014),
(30, 'command:1795945502591.13.fa797bb2674debe42c73e4b25742bcb7', 'command', 'conversation:@typed@', '{"text": "tags typed@example.com +vip", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": "@url 4@"}}', 'U0ADA typed in C0TRIAGE {''addTags'': [''vip''], ''removeTags'': []}', 1764000004, 1764000004, 0, 1, 'open', '{}', 0),
(27, 'click:3d150154c50444c35225cacb9dcb2edc', 'carry_out', 'conversation:@pressed@', '{"conversation": "@pressed@", "change": {"aiTag": "interested"}, "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": "@ts pressed@", "thread": null, "private": false, "response_url": "@url 3@"}, "at": 1764000004}', 'U0ADA {''aiTag'': ''interested''} @ts pressed@', 1764000004, 1764000004, 0, 1, 'open', '{}', 0),
(35, 'click:4', 'carry_out', 'conversation:@first5@', '{"conversation": "@first5@", "change": {"markRead": true}, "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": "@ts summary@", "thread": null, "private": false, "response_url": null}, "at": 1764000000.25}', 'U0ADA {''markRead'': True} @ts summary@', 1764000010, 1764000010, 0, 1, 'open', '{"patch": {"unchanged": true, "stale": true}}', 0),
(66, 'command:10', 'command', 'questions:U0ADA', '{"text": "inbox", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}, "after": {"conversation": "@first1@", "replied_at": "@at first1@"}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(23, 'click:635b09aa2879704e3bcbcda86678b82b', 'carry_out', 'conversation:@unchanged@', '{"conversation": "@unchanged@", "change": {"aiTag": "interested"}, "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": "@ts unchanged@", "thread": null, "private": false, "response_url": "@url 6@"}, "at": 1764000003}', 'U0ADA {''aiTag'': ''interested''} @ts unchanged@', 1764000003, 1764003010, 6, 0, 'open', '{"patch": {"unchanged": true, "stale": false}}', 1764000014),
(32, 'click:1', 'carry_out', 'aside:conversation:@first2@', '{"conversation": "@first2@", "change": {"markRead": true}, "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": "@ts summary@", "thread": null, "private": false, "response_url": null}, "at": 1764000000.25}', 'U0ADA {''markRead'': True} @ts summary@', 1764000010, 1764003010, 1, 0, 'open', '{"patch": {"decision": "click:0", "conversation": "@first2@", "person": "Ada", "change": {"markRead": true}, "at": 1764000000.25, "old_ai_tag": null, "new_ai_tag": null, "tags": []}, "card": {"channel": "C0TRIAGE", "ts": "@ts summary@"}, "told late": {}}', 0),
(36, 'click:5', 'carry_out', 'conversation:@first6@', '{"conversation": "@first6@", "change": {"aiTag": null}, "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": "@ts summary@", "thread": null, "private": false, "response_url": null}, "at": 1764000000.25}', 'U0ADA {''aiTag'': None} @ts summary@', 1764000010, 1764003010, 1, 0, 'open', '{"told of the check": {}}', 0),
(38, 'reply:@shut@:@at shut@', 'announce', 'conversation:@shut@', '{"conversation": "@shut@", "reply": true, "positive": false, "told": "@at shut@"}', NULL, 1764000010, 1764003010, 1, 0, 'open', '{"look": {"fresh": true, "before": null, "places": []}, "closed C0RANDOM": {"news": true}}', 0),
(34, 'click:3', 'carry_out', 'conversation:@first4@', '{"conversation": "@first4@", "change": {"markRead": true}, "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": "@ts summary@", "thread": null, "private": false, "response_url": null}, "at": 1764000000.25}', 'U0ADA {''markRead'': True} @ts summary@', 1764000010, 1764003010, 1, 0, 'open', '{"patch": {"refused": "You may not decide here.", "private": true}}', 0),
(39, 'reply:@shut2@:@at shut2@', 'announce', 'conversation:@shut2@', '{"conversation": "@shut2@", "reply": true, "positive": false, "told": "@at shut2@"}', NULL, 1764000010, 1764000010, 0, 1, 'open', '{"look": {"fresh": true, "before": null, "places": []}, "closed C0RANDOM": {"news": true}, "told C0RANDOM": {}}', 0),
(44, 'first look#1', 'first_look', 'first look', '{"unread": ["@first13@"], "stamps": ["@at first13@"]}', NULL, 1764000010, 1764003010, 1, 0, 'open', '{"summary": {"channel": "C0TRIAGE", "ts": "@ts summary@"}}', 0),
(37, 'reply:@split@:@at split@#1', 'announce', 'conversation:@split@', '{"conversation": "@split@", "reply": true, "positive": false, "told": "@at split@"}', NULL, 1764000010, 1764003010, 1, 0, 'open', '{"look": {"fresh": true, "before": null, "places": []}, "card C0DEALS": {"channel": "C0DEALS", "ts": "@ts split@"}}', 0),
(43, 'reply:@lost@:@at lost@', 'announce', 'conversation:@lost@', '{"conversation": "@lost@", "reply": true, "positive": false, "told": "@at lost@"}', NULL, 1764000010, 1764000010, 0, 1, 'open', '{"look": {"fresh": true, "before": null, "places": []}}', 0),
(40, 'change:1', 'announce', 'conversation:@first7@', '{"conversation": "@first7@", "reply": false, "positive": false}', NULL, 1764000010, 1764000010, 0, 1, 'open', '{"look": {"fresh": false, "before": {"id": "@first7@", "lead": {"email": "first7@example.com", "name": "First7 Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from first7.", "replied_at": "@at first7@", "auto_reply": false}, "places": [{"channel": "C0TRIAGE", "ts": "@ts summary@"}]}, "line C0TRIAGE": {}}', 0),
(29, 'click:b7819ac92ea1a13de47d28f1f870285c', 'carry_out', 'conversation:@menu@', '{"conversation": "@menu@", "change": {"aiTag": "interested"}, "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": "@ts inbox@", "thread": null, "private": true, "response_url": "@url 5@", "listed": "@list@"}, "at": 1764000004}', 'U0ADA {''aiTag'': ''interested''} @ts inbox@', 1764000004, 1764000004, 0, 1, 'open', '{}', 0),
(42, 'reply:@late2@:@at late2@', 'announce', 'aside:conversation:@late2@', '{"conversation": "@late2@", "reply": true, "positive": false, "told": "@at late2@"}', NULL, 1764000010, 1764003010, 1, 0, 'open', '{"look": {"fresh": true, "before": null, "places": []}, "told late": {}}', 0),
(31, 'command:1795945502596.14.aa9034e9f89c24a2b4d53e6777367753', 'command', 'conversation:@first8@', '{"text": "read @first8@", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": "@url 2@"}}', 'U0ADA typed in C0TRIAGE {''markRead'': True}', 1764000004, 1764000004, 0, 1, 'open', '{"meant": {"conversation": "@first8@", "change": {"markRead": true}}}', 0),
(45, 'command:1', 'command', 'person:U0ADA', '{"text": "read first9@example.com", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000010, 1764000010, 0, 1, 'open', '{"meant": {"conversation": "@first9@", "change": {"markRead": true}}}', 0),
(69, 'command:13', 'command', 'questions:U0ADA', '{"text": "subscriptions", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(33, 'click:2', 'carry_out', 'conversation:@first3@', '{"conversation": "@first3@", "change": {"aiTag": "interested"}, "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": "@ts summary@", "thread": null, "private": false, "response_url": null}, "at": 1764000000.25}', 'U0ADA {''aiTag'': ''interested''} @ts summary@', 1764000010, 1764003010, 1, 0, 'open', '{"patch": {"decision": "click:0", "conversation": "@first3@", "person": "Ada", "change": {"aiTag": "interested"}, "at": 1764000000.25, "old_ai_tag": null, "new_ai_tag": "interested", "tags": ["vip"]}, "card": {"channel": "C0TRIAGE", "ts": "1763990000.000100"}, "new card": {"channel": "C0TRIAGE", "ts": "@ts summary@"}}', 0),
(41, 'reply:@astray@:@at astray@#1', 'announce', 'conversation:@astray@', '{"conversation": "@astray@", "reply": true, "positive": false, "told": "@at astray@"}', NULL, 1764000010, 1764003010, 1, 0, 'open', '{"look": {"fresh": true, "before": {"id": "@astray@", "lead": {"email": "astray@example.com", "name": "Astray Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from astray.", "replied_at": "@at astray@", "auto_reply": false}, "places": [{"channel": "C0TRIAGE", "ts": "1763990000.000100"}]}, "astray C0TRIAGE": {}}', 0),
(46, 'click:6', 'carry_out', 'conversation:@unbegun@', '{"conversation": "@unbegun@", "change": {"addTags": ["vip"], "removeTags": ["cold"]}, "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}, "at": 1764000000.25}', 'U0ADA {''addTags'': [''vip''], ''removeTags'': [''cold'']}', 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(47, 'click:7', 'carry_out', 'conversation:@unbegun@', '{"conversation": "@unbegun@", "change": {"isRead": false}, "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}, "at": 1764000000.25}', 'U0ADA {''isRead'': False}', 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(48, 'webhook:1', 'announce', 'conversation:@delivered@', '{"conversation": "@delivered@", "reply": true, "positive": true}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(49, 'reply:@listed2@:@at listed2@', 'announce', 'conversation:@listed2@', '{"conversation": "@listed2@", "reply": true, "positive": false, "told": "@at listed2@"}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(50, 'reply:older', 'announce', 'conversation:@viewed@', '{"conversation": "@viewed@"}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(51, 'ask:1', 'ask', 'questions:U0ADA', '{"conversation": "@asked@", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(52, 'show:1', 'show', 'conversation:@shown@', '{"conversation": "@shown@", "origin": {"channel": "C0GENERAL", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(53, 'whole:1', 'whole', 'whole:@first10@', '{"conversation": "@first10@", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": "@ts summary@", "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(54, 'redraw:1', 'redraw', 'redraw:C0TRIAGE:@ts summary@', '{"place": {"channel": "C0TRIAGE", "ts": "@ts summary@"}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(55, 'tell:1', 'tell', 'tell:U0ADA', '{"sentence": "A sentence.", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(56, 'tell:2', 'tell', 'tell:U0ADA', '{"sentence": "A sentence about another entry.", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}, "reference": "ABCDEF"}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(57, 'tell:3', 'tell', 'tell:U0ADA', '{"sentence": "A hint.", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}, "reference": ""}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(58, 'command:2', 'command', 'conversation:@byid@', '{"text": "interested @byid@", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', 'U0ADA typed in C0TRIAGE {''aiTag'': ''interested''}', 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(59, 'command:3', 'command', 'conversation:@byemail@', '{"text": "tag byemail@example.com not_now", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', 'U0ADA typed in C0TRIAGE {''aiTag'': ''not_now''}', 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(60, 'command:4', 'command', 'person:U0ADA', '{"text": "untag @cleared@", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(61, 'command:5', 'command', 'person:U0ADA', '{"text": "unread @unread@", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(62, 'command:6', 'command', 'person:U0ADA', '{"text": "tags retagged@example.com +vip -cold", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(63, 'command:7', 'command', 'person:U0ADA', '{"text": "tag https://playground.slack.com/archives/C0TRIAGE/p@p menu@ not_now", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(64, 'command:8', 'command', 'questions:U0ADA', '{"text": "inbox", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(65, 'command:9', 'command', 'questions:U0ADA', '{"text": "inbox 2", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(67, 'command:11', 'command', 'questions:U0ADA', '{"text": "read", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(73, 'command:17', 'command', 'questions:U0ADA', '{"text": "tag @byid@ never_heard_of", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}, "unknown": true}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(74, 'command:18', 'command', 'questions:U0ADA', '{"text": "doctor", "origin": {"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0),
(75, 'command:19', 'command', 'questions:U0ADA', '{"text": "unsubscribe", "origin": {"channel": "C0GENERAL", "person": {"id": "U0ADA", "handle": "ada"}, "message": null, "thread": null, "private": false, "response_url": null}}', NULL, 1764000018, 1764000018, 0, 0, 'open', '{}', 0);
INSERT INTO public.facts VALUES
('replies since', '1764000000'),
('aiTags', '["interested", "not_interested", "meeting_booked", "out_of_office", "not_now", "pricing_question", "wrong_person", "do_not_contact"]'),
('opening C0TRIAGE @ts summary@', '13 replies were unread when I started. The newest 12 are here, /sendkit inbox has them all:'),
('first look', '13'),
('last look', '1764000004'),
('unshown @split@', '1'),
('list @list@', '{"opening": "25 unread, newest 12 shown.", "rows": [{"id": "@folded@", "lead": {"email": "folded@example.com", "name": "Folded Lead", "company": ""}, "campaign": "Q1", "ai_tag": "interested", "tags": [], "unread": true, "words": "A second hello from folded.", "replied_at": "@at folded@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}, {"id": "@split@", "lead": {"email": "split@example.com", "name": "Split Lead", "company": ""}, "campaign": "Q2", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from split.", "replied_at": "@at split@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}, {"id": "@menu@", "lead": {"email": "menu@example.com", "name": "Menu Lead", "company": ""}, "campaign": "Q1", "ai_tag": null, "tags": [], "unread": true, "words": "Hello from menu.", "replied_at": "@at menu@", "auto_reply": false, "subject": "Re: Quick question", "asked": "Hi, may I ask you something?"}], "following": 13}');
INSERT INTO public.folded VALUES
('C0TRIAGE', '@ts folded@', '@folded@', 0, 'no subscription takes it, and this is the triage channel', 'https://playground.slack.com/archives/C0TRIAGE/p@p folded newer@', 'Hello from folded.'),
('C0TRIAGE', '@ts folding@', '@folding@', 0, 'no subscription takes it, and this is the triage channel', 'https://playground.slack.com/archives/C0TRIAGE/p@p folding newer@', 'Hello from folding.');
INSERT INTO public.procrastinate_jobs VALUES
(28, 'triage', 'entry', 0, 'conversation:@pressed@', NULL, '{"entry": "click:9e7907caf9f66b78a07c097f642670d2"}', 'todo', NULL, 0, false, NULL),
(35, 'triage', 'entry', 0, 'conversation:@first5@', NULL, '{"entry": "click:4"}', 'doing', NULL, 0, false, 2),
(39, 'triage', 'entry', 0, 'conversation:@shut2@', NULL, '{"entry": "reply:@shut2@:@at shut2@"}', 'doing', NULL, 0, false, 2),
(40, 'triage', 'entry', 0, 'conversation:@first7@', NULL, '{"entry": "change:1"}', 'doing', NULL, 0, false, 2),
(43, 'triage', 'entry', 0, 'conversation:@lost@', NULL, '{"entry": "reply:@lost@:@at lost@"}', 'doing', NULL, 0, false, 2),
(45, 'triage', 'entry', 0, 'person:U0ADA', NULL, '{"entry": "command:1"}', 'doing', NULL, 0, false, 2),
(46, 'triage', 'entry', 0, 'conversation:@unbegun@', NULL, '{"entry": "click:6"}', 'todo', NULL, 0, false, NULL),
(47, 'triage', 'entry', 0, 'conversation:@unbegun@', NULL, '{"entry": "click:7"}', 'todo', NULL, 0, false, NULL),
(48, 'triage', 'entry', 0, 'conversation:@delivered@', NULL, '{"entry": "webhook:1"}', 'todo', NULL, 0, false, NULL),
(49, 'triage', 'entry', 0, 'conversation:@listed2@', NULL, '{"entry": "reply:@listed2@:@at listed2@"}', 'todo', NULL, 0, false, NULL),
(50, 'triage', 'entry', 0, 'conversation:@viewed@', NULL, '{"entry": "reply:older"}', 'todo', NULL, 0, false, NULL),
(51, 'triage', 'entry', 0, 'questions:U0ADA', NULL, '{"entry": "ask:1"}', 'todo', NULL, 0, false, NULL),
(52, 'triage', 'entry', 0, 'conversation:@shown@', NULL, '{"entry": "show:1"}', 'todo', NULL, 0, false, NULL),
(53, 'triage', 'entry', 0, 'whole:@first10@', NULL, '{"entry": "whole:1"}', 'todo', NULL, 0, false, NULL),
(54, 'triage', 'entry', 0, 'redraw:C0TRIAGE:@ts summary@', NULL, '{"entry": "redraw:1"}', 'todo', NULL, 0, false, NULL),
(55, 'triage', 'entry', 0, 'tell:U0ADA', NULL, '{"entry": "tell:1"}', 'todo', NULL, 0, false, NULL),
(56, 'triage', 'entry', 0, 'tell:U0ADA', NULL, '{"entry": "tell:2"}', 'todo', NULL, 0, false, NULL),
(57, 'triage', 'entry', 0, 'tell:U0ADA', NULL, '{"entry": "tell:3"}', 'todo', NULL, 0, false, NULL),
(58, 'triage', 'entry', 0, 'conversation:@byid@', NULL, '{"entry": "command:2"}', 'todo', NULL, 0, false, NULL),
(59, 'triage', 'entry', 0, 'conversation:@byemail@', NULL, '{"entry": "command:3"}', 'todo', NULL, 0, false, NULL),
(60, 'triage', 'entry', 0, 'person:U0ADA', NULL, '{"entry": "command:4"}', 'todo', NULL, 0, false, NULL),
(61, 'triage', 'entry', 0, 'person:U0ADA', NULL, '{"entry": "command:5"}', 'todo', NULL, 0, false, NULL),
(62, 'triage', 'entry', 0, 'person:U0ADA', NULL, '{"entry": "command:6"}', 'todo', NULL, 0, false, NULL),
(63, 'triage', 'entry', 0, 'person:U0ADA', NULL, '{"entry": "command:7"}', 'todo', NULL, 0, false, NULL),
(64, 'triage', 'entry', 0, 'questions:U0ADA', NULL, '{"entry": "command:8"}', 'todo', NULL, 0, false, NULL),
(65, 'triage', 'entry', 0, 'questions:U0ADA', NULL, '{"entry": "command:9"}', 'todo', NULL, 0, false, NULL),
(66, 'triage', 'entry', 0, 'questions:U0ADA', NULL, '{"entry": "command:10"}', 'todo', NULL, 0, false, NULL),
(67, 'triage', 'entry', 0, 'questions:U0ADA', NULL, '{"entry": "command:11"}', 'todo', NULL, 0, false, NULL),
(68, 'triage', 'entry', 0, 'questions:U0ADA', NULL, '{"entry": "command:12"}', 'todo', NULL, 0, false, NULL),
(69, 'triage', 'entry', 0, 'questions:U0ADA', NULL, '{"entry": "command:13"}', 'todo', NULL, 0, false, NULL),
(72, 'triage', 'entry', 0, 'questions:U0ADA', NULL, '{"entry": "command:16"}', 'todo', NULL, 0, false, NULL),
(75, 'triage', 'entry', 0, 'questions:U0ADA', NULL, '{"entry": "command:19"}', 'todo', NULL, 0, false, NULL),
(70, 'triage', 'entry', 0, 'questions:U0ADA', NULL, '{"entry": "command:14"}', 'todo', NULL, 0, false, NULL),
(73, 'triage', 'entry', 0, 'questions:U0ADA', NULL, '{"entry": "command:17"}', 'todo', NULL, 0, false, NULL),
(71, 'triage', 'entry', 0, 'questions:U0ADA', NULL, '{"entry": "command:15"}', 'todo', NULL, 0, false, NULL),
(74, 'triage', 'entry', 0, 'questions:U0ADA', NULL, '{"entry": "command:18"}', 'todo', NULL, 0, false, NULL),
(22, 'triage', 'entry', 0, 'conversation:@waiting@', NULL, '{"entry": "click:5bb613aa3128cded8b537e33e55460ec"}', 'todo', '2025-11-24 16:00:00+00', 6, false, 2),
(23, 'triage', 'entry', 0, 'conversation:@unchanged@', NULL, '{"entry": "click:635b09aa2879704e3bcbcda86678b82b"}', 'todo', '2025-11-24 16:00:00+00', 6, false, 2),
(24, 'triage', 'entry', 0, 'conversation:@refused@', NULL, '{"entry": "click:63ce7abc9935e295651fae5db7650118"}', 'todo', '2025-11-24 16:00:00+00', 6, false, 2),
(32, 'triage', 'entry', 0, 'aside:conversation:@first2@', NULL, '{"entry": "click:1"}', 'todo', '2025-11-24 16:00:00+00', 1, false, 2),
(34, 'triage', 'entry', 0, 'conversation:@first4@', NULL, '{"entry": "click:3"}', 'todo', '2025-11-24 16:00:00+00', 1, false, 2),
(33, 'triage', 'entry', 0, 'conversation:@first3@', NULL, '{"entry": "click:2"}', 'todo', '2025-11-24 16:00:00+00', 1, false, 2),
(36, 'triage', 'entry', 0, 'conversation:@first6@', NULL, '{"entry": "click:5"}', 'todo', '2025-11-24 16:00:00+00', 1, false, 2),
(37, 'triage', 'entry', 0, 'conversation:@split@', NULL, '{"entry": "reply:@split@:@at split@#1"}', 'todo', '2025-11-24 16:00:00+00', 1, false, 2),
(38, 'triage', 'entry', 0, 'conversation:@shut@', NULL, '{"entry": "reply:@shut@:@at shut@"}', 'todo', '2025-11-24 16:00:00+00', 1, false, 2),
(41, 'triage', 'entry', 0, 'conversation:@astray@', NULL, '{"entry": "reply:@astray@:@at astray@#1"}', 'todo', '2025-11-24 16:00:00+00', 1, false, 2),
(42, 'triage', 'entry', 0, 'aside:conversation:@late2@', NULL, '{"entry": "reply:@late2@:@at late2@"}', 'todo', '2025-11-24 16:00:00+00', 1, false, 2),
(44, 'triage', 'entry', 0, 'first look', NULL, '{"entry": "first look#1"}', 'todo', '2025-11-24 16:00:00+00', 1, false, 2),
(21, 'triage', 'entry', 0, 'conversation:@folding@', NULL, '{"entry": "reply:@folding@:@at folding@"}', 'todo', '2025-11-24 16:00:00+00', 4, false, 2),
(25, 'triage', 'entry', 0, 'conversation:@late@', NULL, '{"entry": "reply:@late@:@at late@"}', 'todo', '2025-11-24 16:00:00+00', 3, false, 2),
(27, 'triage', 'entry', 0, 'conversation:@pressed@', NULL, '{"entry": "click:3d150154c50444c35225cacb9dcb2edc"}', 'doing', '2025-11-24 16:00:00+00', 1, false, 2),
(26, 'triage', 'entry', 0, 'conversation:@further@', NULL, '{"entry": "reply:@further@:@at further@"}', 'todo', '2025-11-24 16:00:00+00', 3, false, 2),
(29, 'triage', 'entry', 0, 'conversation:@menu@', NULL, '{"entry": "click:b7819ac92ea1a13de47d28f1f870285c"}', 'doing', '2025-11-24 16:00:00+00', 1, false, 2),
(30, 'triage', 'entry', 0, 'conversation:@typed@', NULL, '{"entry": "command:1795945502591.13.fa797bb2674debe42c73e4b25742bcb7"}', 'doing', '2025-11-24 16:00:00+00', 1, false, 2),
(31, 'triage', 'entry', 0, 'conversation:@first8@', NULL, '{"entry": "command:1795945502596.14.aa9034e9f89c24a2b4d53e6777367753"}', 'doing', '2025-11-24 16:00:00+00', 1, false, 2);
INSERT INTO public.procrastinate_workers OVERRIDING SYSTEM VALUE VALUES
(1, '2025-11-24 16:00:00+00'),
(2, '2025-11-24 16:00:00+00');
INSERT INTO public.routes VALUES
('C0DEALS', 'campaign:Q2', 'U0ADA', 1764000000, NULL),
('C0GENERAL', 'campaign:Q3 positive', 'U0ADA', 1764000000, NULL),
('C0RANDOM', 'campaign:Closed', 'U0ADA', 1764000000, 'channel_not_found');
INSERT INTO public.schema_version VALUES
(5);
SELECT pg_catalog.setval('public.decisions_seq_seq', 4, true);
SELECT pg_catalog.setval('public.entries_seq_seq', 75, true);
SELECT pg_catalog.setval('public.procrastinate_events_id_seq', 244, true);
SELECT pg_catalog.setval('public.procrastinate_jobs_id_seq', 75, true);
SELECT pg_catalog.setval('public.procrastinate_periodic_defers_id_seq', 1, false);
SELECT pg_catalog.setval('public.procrastinate_workers_id_seq', 2, true);
ALTER TABLE ONLY public.cards
ADD CONSTRAINT cards_pkey PRIMARY KEY (channel, conversation);
ALTER TABLE ONLY public.conversations
ADD CONSTRAINT conversations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.decisions
ADD CONSTRAINT decisions_id_key UNIQUE (id);
ALTER TABLE ONLY public.decisions
ADD CONSTRAINT decisions_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY public.entries
ADD CONSTRAINT entries_id_key UNIQUE (id);
ALTER TABLE ONLY public.entries
ADD CONSTRAINT entries_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY public.facts
ADD CONSTRAINT facts_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.folded
ADD CONSTRAINT folded_pkey PRIMARY KEY (channel, ts, conversation);
ALTER TABLE ONLY public.procrastinate_events
ADD CONSTRAINT procrastinate_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.procrastinate_jobs
ADD CONSTRAINT procrastinate_jobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.procrastinate_periodic_defers
ADD CONSTRAINT procrastinate_periodic_defers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.procrastinate_periodic_defers
ADD CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp);
ALTER TABLE ONLY public.procrastinate_workers
ADD CONSTRAINT procrastinate_workers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.routes
ADD CONSTRAINT routes_pkey PRIMARY KEY (channel);
CREATE INDEX cards_conversation ON public.cards USING btree (conversation);
CREATE INDEX cards_message ON public.cards USING btree (channel, ts);
CREATE INDEX cards_posted ON public.cards USING btree (posted_at);
CREATE INDEX conversations_email ON public.conversations USING btree (email);
CREATE INDEX conversations_seen ON public.conversations USING btree (seen_at);
CREATE INDEX decisions_conversation ON public.decisions USING btree (conversation, seq);
CREATE INDEX entries_lane ON public.entries USING btree (lane, seq);
CREATE INDEX entries_open ON public.entries USING btree (seq) WHERE (state = 'open'::text);
CREATE INDEX folded_conversation ON public.folded USING btree (conversation);
CREATE INDEX idx_procrastinate_jobs_worker_not_null ON public.procrastinate_jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'doing'::public.procrastinate_job_status));
CREATE INDEX idx_procrastinate_workers_last_heartbeat ON public.procrastinate_workers USING btree (last_heartbeat);
CREATE INDEX procrastinate_events_job_id_fkey_v1 ON public.procrastinate_events USING btree (job_id);
CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON public.procrastinate_jobs USING btree (id, lock) WHERE (status = ANY (ARRAY['todo'::public.procrastinate_job_status, 'doing'::public.procrastinate_job_status]));
CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON public.procrastinate_jobs USING btree (lock) WHERE (status = 'doing'::public.procrastinate_job_status);
CREATE INDEX procrastinate_jobs_priority_idx_v1 ON public.procrastinate_jobs USING btree (priority DESC, id) WHERE (status = 'todo'::public.procrastinate_job_status);
CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON public.procrastinate_jobs USING btree (queue_name);
CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON public.procrastinate_jobs USING btree (queueing_lock) WHERE (status = 'todo'::public.procrastinate_job_status);
CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON public.procrastinate_periodic_defers USING btree (job_id);
CREATE INDEX triage_lanes ON public.procrastinate_jobs USING btree (lock, priority, id) WHERE (status = ANY (ARRAY['todo'::public.procrastinate_job_status, 'doing'::public.procrastinate_job_status]));
CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_notify_queue_abort_job_v1();
CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_notify_queue_job_inserted_v1();
CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1();
CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_unlink_periodic_defers_v1();
CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON public.procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1();
CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1();
CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_update_v1();
ALTER TABLE ONLY public.procrastinate_events
ADD CONSTRAINT procrastinate_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.procrastinate_jobs
ADD CONSTRAINT procrastinate_jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.procrastinate_workers(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.procrastinate_periodic_defers
ADD CONSTRAINT procrastinate_periodic_defers_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id);
