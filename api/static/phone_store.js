/* What the phone keeps: the outbox of what was said, and the last list and map, one store for each login.

   Nothing leaves the outbox before the server has taken it. What the server refuses stays, with its reason, until the
   worker has seen it and throws it away himself. */
const { ask } = window.wangge;

const LATER = new Set([401, 403, 408, 425, 429]);

const opened = (login) => new Promise((resolve, reject) => {
  const asked = indexedDB.open(`wangge-${login}`, 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("outbox", { keyPath: "id" });
    asked.result.createObjectStore("kept");
  };
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

const formOf = (fields) => {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || value === null || value === "") continue;
    if (value instanceof Blob) form.append(key, value, "photo.jpg");
    else form.append(key, String(value));
  }
  return form;
};

export class Store {
  /** `changed()` is called after every change of the outbox, `taken(answer)` with what the server said to an entry. */
  constructor(login, changed, taken) {
    this.db = opened(login);
    this.changed = changed;
    this.taken = taken;
    this.box = [];
    this.isSending = false;
    this.halt = null;
  }

  async within(name, mode, work) {
    const db = await this.db;
    return new Promise((resolve, reject) => {
      const deal = db.transaction(name, mode);
      const asked = work(deal.objectStore(name));
      deal.oncomplete = () => resolve(asked && asked.result);
      deal.onerror = () => reject(deal.error);
      deal.onabort = () => reject(deal.error);
    });
  }

  async refresh() {
    this.box = (await this.within("outbox", "readonly", (store) => store.getAll())).sort((a, b) => a.made - b.made);
    this.changed();
  }

  get waiting() { return this.box.filter((entry) => !entry.refused); }

  get refused() { return this.box.filter((entry) => entry.refused); }

  /** Put something into the outbox, durably, then try to send. */
  async put(entry) {
    await this.within("outbox", "readwrite", (store) => store.put({ ...entry, made: Date.now() }));
    await this.refresh();
    this.send();
  }

  async drop(id) {
    await this.within("outbox", "readwrite", (store) => store.delete(id));
    await this.refresh();
  }

  /** Send what waits, the oldest first. Stops where the signal or the session ends; true when all is out. */
  async send() {
    if (this.isSending) return false;
    this.isSending = true;
    this.halt = null;
    try {
      for (const entry of this.waiting) {
        try {
          this.taken(await ask(entry.address, { method: "POST", body: formOf(entry.fields) }));
        } catch (refusal) {
          const status = refusal.status;
          if (!status || status >= 500 || LATER.has(status)) { this.halt = refusal; return false; }
          const kept = { ...entry, refused: refusal.message };
          await this.within("outbox", "readwrite", (store) => store.put(kept));
          continue;
        }
        await this.within("outbox", "readwrite", (store) => store.delete(entry.id));
      }
      return true;
    } finally {
      this.isSending = false;
      await this.refresh();
    }
  }

  keep(name, value) { return this.within("kept", "readwrite", (store) => store.put(value, name)); }

  kept(name) { return this.within("kept", "readonly", (store) => store.get(name)); }

  /** Forget lists and map; the outbox stays. */
  forget() { return this.within("kept", "readwrite", (store) => store.clear()); }
}
