# The server as an image: one bundled program on Node, nothing else in it, no key, no shell script, not root (docs/hosting.md).
ARG NODE=24-slim

FROM node:${NODE} AS build
WORKDIR /source
COPY . .
RUN build/image.sh /app

FROM node:${NODE}
LABEL io.modelcontextprotocol.server.name="io.github.automations-mcp/automations-mcp" \
      org.opencontainers.image.title="automations-mcp" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN install -d -o node -g node -m 0700 /state
COPY --from=build /app /app
ENV NODE_ENV=production \
    AUTOMATIONS_STATE_FOLDER=/state \
    AUTOMATIONS_NO_BROWSER=true
VOLUME /state
EXPOSE 8787
USER node
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["node", "/app/automations-mcp.cjs", "health"]
ENTRYPOINT ["node", "/app/automations-mcp.cjs"]
