# One image for `serve` and `worker`. It holds the tools that PostgreSQL steps and scripts need: bash and psql.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY tools tools
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends postgresql-client \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# The migrations of the log are read where they were written.
COPY src/postgres/migrations src/postgres/migrations
# `cutover doctor` holds the scopes of a token to it.
COPY slack-manifest.json ./
# Attempts and their output, and the passwords of the logins at the log, outlive the container: each of these is where a
# volume goes, which takes this owner over.
RUN install -d -o node -g node -m 0700 \
  /var/lib/cutover /var/lib/cutover-login /logins/serve /logins/worker
USER node
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
