// Tells when an element has really been on screen: in a visible tab, in view, long enough to see.

const SEEN_MS = 400; // a glance; scrolled past faster than this is not shown
const SEEN_SHARE = 0.6; // of the card's area

export class Sight {
  #onSeen;
  #waiting = new Map(); // element -> {key, timer, inView}
  #observer = new IntersectionObserver((entries) => this.#crossed(entries), {
    threshold: SEEN_SHARE,
  });

  constructor(onSeen) {
    this.#onSeen = onSeen;
    document.addEventListener("visibilitychange", () => this.#tabChanged());
  }

  // Calls `onSeen(key)` once. Returns what stops watching.
  watch(element, key) {
    this.#waiting.set(element, { key, timer: null, inView: false });
    this.#observer.observe(element);
    return () => this.#forget(element);
  }

  #crossed(entries) {
    for (const entry of entries) {
      const waiting = this.#waiting.get(entry.target);
      if (!waiting) continue;
      // A card taller than its column can never show that share of itself.
      const fills = entry.rootBounds && entry.intersectionRect.height > entry.rootBounds.height / 3;
      waiting.inView = entry.intersectionRatio >= SEEN_SHARE || Boolean(entry.isIntersecting && fills);
      this.#consider(entry.target, waiting);
    }
  }

  #tabChanged() {
    for (const [element, waiting] of this.#waiting) this.#consider(element, waiting);
  }

  #consider(element, waiting) {
    const isSeen = waiting.inView && document.visibilityState === "visible";
    if (!isSeen) {
      clearTimeout(waiting.timer);
      waiting.timer = null;
    } else if (waiting.timer === null) {
      waiting.timer = setTimeout(() => {
        this.#forget(element);
        this.#onSeen(waiting.key);
      }, SEEN_MS);
    }
  }

  #forget(element) {
    clearTimeout(this.#waiting.get(element)?.timer);
    this.#waiting.delete(element);
    this.#observer.unobserve(element);
  }
}
