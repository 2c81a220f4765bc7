# The same static geth that runs as a child process, and nothing else: both runtimes run the same bytes.
# Built by devnet.runtime.docker from a context that holds this file and the binary.
FROM scratch
COPY geth /usr/local/bin/geth
WORKDIR /tmp
USER 1000:1000
ENTRYPOINT ["/usr/local/bin/geth"]
