// Server-Sent Events: what changed, as it changes.

/**
 * Listen for one person. The browser reconnects by itself unless the server refused, and then this does.
 * @param {string} user
 * @param {{ connected: () => void, lost: () => void, changed: (change: { what: string, channel?: string }) => void }} heard
 * @returns {() => void} stop listening
 */
export function listen(user, heard) {
  const address = `/page/events?${new URLSearchParams({ user })}`
  let source = open()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let retry

  return () => {
    clearTimeout(retry)
    source.close()
  }

  function open() {
    const opened = new EventSource(address)
    opened.onopen = () => heard.connected()
    opened.onmessage = (event) => heard.changed(JSON.parse(event.data))
    opened.onerror = () => {
      heard.lost()
      if (opened.readyState !== EventSource.CLOSED) return
      clearTimeout(retry)
      retry = setTimeout(() => {
        source = open()
      }, 2000)
    }
    return opened
  }
}
