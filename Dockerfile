# One image for web, worker and beat. Nothing in it is secret; settings come from the environment, secrets from files.
# Debian and its own Python: what tests/deploy/container.py carries out where there is no engine is then the same.

FROM debian:bookworm-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv
RUN python3 -m venv /opt/rakor
COPY requirements.txt /tmp/requirements.txt
RUN /opt/rakor/bin/pip install --require-hashes --no-deps --only-binary=:all: -r /tmp/requirements.txt

FROM debian:bookworm-slim
# The mail server's certificate is checked against the first; Pango and HarfBuzz set the type of the PDFs.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /srv/rakor --shell /usr/sbin/nologin rakor \
    && install -d -o rakor -g rakor -m 0700 /var/lib/rakor
COPY --from=packages /opt/rakor /opt/rakor
WORKDIR /srv/rakor
COPY manage.py ./
COPY rakor ./rakor
COPY attendees ./attendees
COPY agenda ./agenda
COPY minutes ./minutes
COPY templates ./templates
COPY static ./static
ENV PATH=/opt/rakor/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONPATH=/srv/rakor \
    DJANGO_SETTINGS_MODULE=rakor.settings \
    RAKOR_DATA_DIR=/var/lib/rakor \
    STATIC_ROOT=/srv/rakor/staticfiles
RUN SECRET_KEY=only-while-building LINK_KEY=only-while-building python manage.py collectstatic --no-input \
    && python -m compileall -q rakor attendees agenda minutes
USER rakor
# The type of the papers, cut once; a new volume begins with what the image has here.
RUN python -m rakor.documents.fonts /var/lib/rakor/fonts
VOLUME /var/lib/rakor
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 CMD ["python", "-m", "rakor.deploy.health"]
CMD ["uvicorn", "rakor.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--lifespan", "off", "--no-access-log", "--timeout-graceful-shutdown", "3"]
