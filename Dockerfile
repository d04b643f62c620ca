# Runs the bot as a user without rights. The file system may be read-only: the bot writes to /data only.
#
# A tag can move to another image. To pin the one that you tested, give its digest:
#   docker build --build-arg BASE=python:3.11-slim@sha256:… .
# `docker buildx imagetools inspect python:3.11-slim` prints the digest.
ARG BASE=python:3.11-slim
FROM ${BASE}

RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data \
        --shell /usr/sbin/nologin triage \
    && install --directory --owner=triage --group=triage --mode=0700 /data

WORKDIR /app
COPY requirements.txt ./
# All packages are wheels, so nothing is compiled.
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
        --only-binary=:all: --require-hashes \
        --requirement requirements.txt
COPY bot/ bot/
RUN python -m compileall -q bot

# SQLite needs TMPDIR for the temporary files of large changes.
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TMPDIR=/data \
    DATABASE_URL=sqlite:////data/triage.db \
    HOST=0.0.0.0 \
    PORT=3000

VOLUME ["/data"]
EXPOSE 3000
# As a number, so that a platform can see that it is not root.
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('PORT') or 3000), timeout=3); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
# Without credentials, this says so and ends; `python -m bot` alone would start the playground.
CMD ["python", "-m", "bot", "serve"]
