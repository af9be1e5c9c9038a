/** What lit's own directives would do by attributes, which the policy against inline style refuses. */
import { nothing, type ElementPart } from 'lit-html';
import { directive, Directive, PartType, type PartInfo } from 'lit-html/directive.js';

class Styles extends Directive {
  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error('styled stands for an attribute');
  }

  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- what the directive takes
  render(styles: Readonly<Record<string, string>>): typeof nothing {
    return nothing;
  }

  override update(part: ElementPart, [styles]: [Readonly<Record<string, string>>]): typeof nothing {
    const element = part.element as HTMLElement;
    for (const [name, value] of Object.entries(styles)) element.style.setProperty(name, value);
    return nothing;
  }
}

/** Sets properties of an element's style by script. */
export const styled = directive(Styles);

class Mounted extends Directive {
  #element: Element | undefined;

  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- what the directive takes
  render(mount: (element: Element) => void): typeof nothing {
    return nothing;
  }

  override update(part: ElementPart, [mount]: [(element: Element) => void]): typeof nothing {
    if (this.#element !== part.element) {
      this.#element = part.element;
      mount(part.element);
    }
    return nothing;
  }
}

/** Calls a function with the element, once it is made. */
export const mounted = directive(Mounted);
