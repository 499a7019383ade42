/** An item of a {@link LinkedList}. It is in at most one list at a time. */
export abstract class Linked<Item extends Linked<Item>> {
  /** @internal */ list: LinkedList<Item> | undefined;
  /** @internal */ previous: Item | undefined;
  /** @internal */ next: Item | undefined;
}

/** Items in the order in which they were last put at the end. Moving one is O(1). */
export class LinkedList<Item extends Linked<Item>> {
  private head: Item | undefined;
  private tail: Item | undefined;

  get first(): Item | undefined {
    return this.head;
  }

  /** Moves the item to the end, from any list or none. */
  moveToEnd(item: Item): void {
    if (this.tail === item) return;
    item.list?.remove(item);
    item.list = this;
    item.previous = this.tail;
    if (this.tail === undefined) this.head = item;
    else this.tail.next = item;
    this.tail = item;
  }

  /** @param item one of this list */
  remove(item: Item): void {
    if (item.previous === undefined) this.head = item.next;
    else item.previous.next = item.next;
    if (item.next === undefined) this.tail = item.previous;
    else item.next.previous = item.previous;
    item.list = undefined;
    item.previous = undefined;
    item.next = undefined;
  }

  clear(): void {
    while (this.head !== undefined) this.remove(this.head);
  }
}
