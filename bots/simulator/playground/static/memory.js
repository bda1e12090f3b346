// What the page remembers between visits. A browser that forbids it forgets; nothing else changes.

const PREFIX = "playground:";

export function remembered(key, otherwise) {
  try {
    const kept = localStorage.getItem(PREFIX + key);
    return kept === null ? otherwise : JSON.parse(kept);
  } catch {
    return otherwise;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // storage is full or forbidden
  }
}

/** When that person last read each place of the platform: place key to seconds. */
export class ReadMarks {
  constructor(platform) {
    this.key = `read:${platform}`;
    this.marks = remembered(this.key, {});
  }

  at(person, place) {
    return this.marks[person]?.[place] ?? 0;
  }

  set(person, place, at) {
    if (this.at(person, place) >= at) return;
    (this.marks[person] ??= {})[place] = at;
    remember(this.key, this.marks);
  }

  forget() {
    this.marks = {};
    remember(this.key, this.marks);
  }
}
