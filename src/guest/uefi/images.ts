/** Programs that are loaded. */
export interface Image {
  readonly handle: number;
  readonly base: number;
  readonly pages: number;
  readonly entry: number;
  isStarted: boolean;
}

/** The programs, by handle. */
export class Images {
  #images = new Map<number, Image>();

  add(image: Image): void {
    this.#images.set(image.handle, image);
  }

  get(handle: number): Image | undefined {
    return this.#images.get(handle);
  }

  remove(handle: number): void {
    this.#images.delete(handle);
  }

  save(): readonly Image[] {
    return [...this.#images.values()];
  }

  restore(images: readonly Image[]): void {
    this.#images = new Map(images.map((image) => [image.handle, { ...image }]));
  }
}
