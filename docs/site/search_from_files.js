// Lets the search work where a page is opened from a disk: a browser gives such a page no worker, so the worker's script runs
// in a hidden frame. Messages go both ways as with a worker; importScripts gives a promise, which the theme awaits.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      const address = new URL(url, document.baseURI)
      const frame = document.createElement("iframe")
      frame.hidden = true
      frame.title = "search"
      document.documentElement.append(frame)
      const inside = frame.contentWindow
      const loaded = (source) => new Promise((done, failed) => {
        const script = inside.document.createElement("script")
        script.src = new URL(source, address).href
        script.onload = done
        script.onerror = failed
        inside.document.body.append(script)
      })
      inside.importScripts = async (...sources) => { for (const source of sources) await loaded(source) }
      inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", {data}))
      this.ready = loaded(address)
      this.inside = inside
    }
    postMessage(data) {
      this.ready.then(() => this.inside.dispatchEvent(new this.inside.MessageEvent("message", {data})))
    }
    terminate() {}
  }
}
