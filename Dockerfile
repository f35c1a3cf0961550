# The house on Airflow's official image: one image for every service of compose.yaml.
FROM apache/airflow:3.3.2-python3.11

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# The image's own user `airflow`, by number, so that an orchestrator can see that it is not root.
USER 50000
WORKDIR /opt/airflow

# The versions of requirements.lock, verified by its hashes, but only those that pyproject.toml needs at run time.
# uv comes from the same lock, because pip cannot take hashes from a list of constraints for all of it.
COPY --chown=50000:0 pyproject.toml requirements.lock ./
RUN sed -n '/^uv==/,/[^\\]$/p' requirements.lock >/tmp/uv.lock \
    && pip install --no-cache-dir --no-deps --require-hashes -r /tmp/uv.lock \
    && uv pip install --no-cache --python "$(command -v python)" --require-hashes --compile-bytecode \
        --constraint requirements.lock -r pyproject.toml \
    && rm /tmp/uv.lock

# The same tree as in the repository, so that everything is found where settings.py looks for it.
COPY --chown=50000:0 dags dags
COPY --chown=50000:0 plugins plugins
COPY --chown=50000:0 include include
# Volumes take their owner from the folder that they cover.
RUN mkdir -p auth pictures sandbox && python -m compileall -q plugins/kabar

ENV PYTHONPATH=/opt/airflow/plugins
