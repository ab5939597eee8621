# The gateway as a container image, for every architecture that the base image and the wheels of its packages are there
# for (amd64 and arm64 are):
#
#   docker buildx build --platform linux/amd64,linux/arm64 --tag han2x .
#
# deploy/container/compose.yaml runs it, with the serial adapter, a volume for settings and state, and the ports.
#
# The base is a tag, which its makers move to each patch of Python and Debian; `make lock` adds the digest that it has then.
ARG BASE=docker.io/library/python:3.13-slim-trixie

FROM ${BASE} AS build
COPY pyproject.toml README.md LICENSE /src/
COPY locks /src/locks
COPY webui /src/webui
COPY vendor /src/vendor
COPY han2x /src/han2x
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# Packages as the lock files have their hashes, and wheels only; then what is in this folder, without asking anybody.
RUN python3 -m venv /opt/han2x/venv \
    && /opt/han2x/venv/bin/pip install --require-hashes --only-binary :all: --requirement /src/locks/appliance.txt \
    && /opt/han2x/venv/bin/pip install --require-hashes --only-binary :all: --requirement /src/locks/build.txt --target /build \
    && PYTHONPATH=/build /opt/han2x/venv/bin/pip install --no-index --no-deps --no-build-isolation /src \
    && /opt/han2x/venv/bin/pip check \
    && /opt/han2x/venv/bin/python -m pip uninstall --yes pip

FROM ${BASE}
LABEL org.opencontainers.image.title="han2x" \
      org.opencontainers.image.description="Modbus TCP gateway for an electricity meter's HAN port" \
      org.opencontainers.image.licenses="MIT"
# The volume takes its owner from this directory.
RUN groupadd --system --gid 990 han2x \
    && useradd --system --uid 990 --gid han2x --groups dialout --no-create-home --home-dir /var/lib/han2x \
        --shell /usr/sbin/nologin han2x \
    && install --directory --mode 700 --owner han2x --group han2x /var/lib/han2x
COPY --from=build /opt/han2x /opt/han2x
ENV HAN2X_IMAGE=1 PATH=/opt/han2x/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONSAFEPATH=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=1
# han2x; as a number, so that others too see that it is not root. Its group dialout comes with it.
USER 990
VOLUME /var/lib/han2x
EXPOSE 502 80 443
# Status 1 is a meter that is silent, which is no fault of the container.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s \
    CMD ["sh", "-c", "han2x status > /dev/null || [ $? -eq 1 ]"]
ENTRYPOINT ["han2x"]
CMD ["run"]
