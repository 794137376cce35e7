# docker build .                                  the product
# docker build --target proxy .                   Caddy with our Caddyfile, not root
# REGISTRY is a prefix with a slash at its end; empty means what the engine is set to.
# PIP_INDEX_URL and UV_DEFAULT_INDEX name a package index of your own.
ARG REGISTRY=
ARG BASE=python:3.11-slim-bookworm
ARG PROXY=caddy:2-alpine

FROM ${REGISTRY}${PROXY} AS proxy
# Without its file capability the program runs under cap_drop ALL; compose lets everybody bind ports 80 and 443 inside.
RUN setcap -r /usr/bin/caddy \
    && chown -R 10002:10002 /data /config
COPY deploy/Caddyfile /etc/caddy/Caddyfile
USER 10002:10002
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:2020/"]

FROM ${REGISTRY}${BASE} AS build
ARG PIP_INDEX_URL
ARG UV_DEFAULT_INDEX
WORKDIR /src
COPY requirements-uv.lock ./
RUN python3 -m venv /opt/uv \
    && /opt/uv/bin/pip install --no-cache-dir --quiet --disable-pip-version-check --require-hashes --requirement requirements-uv.lock
COPY requirements.lock ./
RUN python3 -m venv --without-pip /opt/access-log \
    && /opt/uv/bin/uv pip sync --quiet --python /opt/access-log/bin/python --require-hashes --compile-bytecode requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY access_log ./access_log
COPY kiosk ./kiosk
COPY reports ./reports
RUN /opt/uv/bin/uv pip install --quiet --python /opt/access-log/bin/python --no-deps --no-build-isolation --compile-bytecode .

FROM ${REGISTRY}${BASE} AS product
# Fonts for Chinese reports. The distribution's own updates decide the versions.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 access-log \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin access-log \
    && install -d -o 10001 -g 10001 -m 0700 /data /keys /keys_reports /ledger /backups
COPY --from=build /opt/access-log /opt/access-log
COPY deploy/healthy.py /opt/healthy.py
ENV PATH=/opt/access-log/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ACCESS_LOG_DATA_DIR=/data \
    ACCESS_LOG_KEYS_DIR=/keys \
    ACCESS_LOG_LISTEN=0.0.0.0 \
    PORT=8000
USER 10001:10001
WORKDIR /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "/opt/healthy.py", "web"]
ENTRYPOINT ["access-log"]
CMD ["serve", "--only", "web"]
