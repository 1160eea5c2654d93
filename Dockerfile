# Every image of Windsock: `docker build --build-arg SERVICE=ingest-tcp --target ingest-tcp .`, and so on for ingest-http, ingest-redis, video, web, demo.
# docker-compose.yml does it for all of them.
#
# It needs nothing but the base images and the package indexes that they are set up for: a base image that knows a mirror is enough to build without the
# internet. No feature of BuildKit is used.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG NODE_IMAGE=node:24-bookworm-slim


# --- builder: one service's environment, whole and relocatable to the same path. What changes least comes first.
FROM ${PYTHON_IMAGE} AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
COPY requirements/installer.lock requirements/
RUN python -m venv /installer \
 && /installer/bin/pip install --quiet --require-hashes --only-binary :all: -r requirements/installer.lock \
 && python -m venv --without-pip /opt/windsock
ARG SERVICE
COPY requirements/${SERVICE}.lock requirements/
RUN /installer/bin/pip --python /opt/windsock/bin/python install --quiet --require-hashes --only-binary :all: -r requirements/${SERVICE}.lock
COPY LICENSE ./
COPY shared shared
COPY clients clients
COPY services services
# The lock has all that they need, and the installer the one program that builds them: nothing is fetched here.
RUN case ${SERVICE} in demo) own=./clients/python ;; *) own="./shared ./services/${SERVICE}" ;; esac \
 && for package in $own; do \
      PATH="/installer/bin:$PATH" /installer/bin/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheels "$package" || exit 1; \
    done \
 && /installer/bin/pip --python /opt/windsock/bin/python install --quiet --no-deps --no-index /wheels/*.whl


# --- runtime: what all have in common. Nobody in it is root, and it writes nothing.
FROM ${PYTHON_IMAGE} AS runtime
RUN groupadd --system --gid 10001 windsock \
 && useradd --system --uid 10001 --gid windsock --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin windsock \
 && install -d -o windsock -g windsock -m 0755 /run/windsock
ENV PATH=/opt/windsock/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
ARG SERVICE
COPY --from=builder /opt/windsock /opt/windsock
COPY shared/src/windsock/shared/probe.py /opt/windsock/probe.py
WORKDIR /run/windsock
USER 10001:10001
STOPSIGNAL SIGTERM
ARG VERSION=1.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="windsock-${SERVICE}" \
      org.opencontainers.image.description="Windsock, live stream boards: ${SERVICE}" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.vendor="The Windsock authors" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"


FROM runtime AS ingest-tcp
EXPOSE 8010 8020 8011
HEALTHCHECK --interval=5s --timeout=10s --start-period=20s --retries=3 CMD ["python", "-I", "-S", "/opt/windsock/probe.py", "8011"]
CMD ["python", "-m", "windsock.ingest_tcp"]

FROM runtime AS ingest-http
EXPOSE 8030
HEALTHCHECK --interval=5s --timeout=10s --start-period=20s --retries=3 CMD ["python", "-I", "-S", "/opt/windsock/probe.py", "8030"]
CMD ["python", "-m", "windsock.ingest_http"]

FROM runtime AS ingest-redis
EXPOSE 8041
HEALTHCHECK --interval=5s --timeout=10s --start-period=20s --retries=3 CMD ["python", "-I", "-S", "/opt/windsock/probe.py", "8041"]
CMD ["python", "-m", "windsock.ingest_redis"]

FROM runtime AS video
EXPOSE 8051
HEALTHCHECK --interval=5s --timeout=10s --start-period=30s --retries=3 CMD ["python", "-I", "-S", "/opt/windsock/probe.py", "8051"]
CMD ["python", "-m", "windsock.video"]

FROM runtime AS demo
CMD ["windsock", "demo"]


# --- board: the files that browsers load.
FROM ${NODE_IMAGE} AS board
WORKDIR /board
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund --no-progress
COPY frontend ./
RUN npm run build

FROM runtime AS web
COPY --from=board /board/dist /opt/windsock/board
ENV WINDSOCK_FRONTEND_DIR=/opt/windsock/board
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=10s --start-period=20s --retries=3 CMD ["python", "-I", "-S", "/opt/windsock/probe.py", "8000"]
CMD ["python", "-m", "windsock.web"]
