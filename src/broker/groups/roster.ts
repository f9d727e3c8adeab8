/** Who is in a group: by id, by instance id, and by what they offer, so that no question compares offers pairwise. */
import type { Holdings } from "./holdings.ts";
import { type Member, type OfferedProtocol, sizeOfMember } from "./member.ts";

/** The members of one group, in the order of joining. */
export class Roster {
  readonly #holdings: Holdings;
  readonly #members = new Map<string, Member>();
  readonly #idsByInstance = new Map<string, string>();
  /** How many members offer a protocol. */
  readonly #offers = new Map<string, number>();

  constructor(holdings: Holdings) {
    this.#holdings = holdings;
  }

  get size(): number {
    return this.#members.size;
  }

  get(id: string): Member | undefined {
    return this.#members.get(id);
  }

  /** All members; they may be removed meanwhile. */
  all(): Member[] {
    return [...this.#members.values()];
  }

  /** A static member's instance id belongs to the member that joined with it last. */
  ownerOf(groupInstanceId: string): Member | undefined {
    const id = this.#idsByInstance.get(groupInstanceId);
    return id === undefined ? undefined : this.#members.get(id);
  }

  add(member: Member): void {
    this.#members.set(member.id, member);
    if (member.groupInstanceId !== null) this.#idsByInstance.set(member.groupInstanceId, member.id);
    this.#count(member, 1);
  }

  remove(member: Member): void {
    if (!this.#members.delete(member.id)) return;
    const { groupInstanceId: instance, id } = member;
    if (instance !== null && this.#idsByInstance.get(instance) === id) this.#idsByInstance.delete(instance);
    this.#count(member, -1);
  }

  /** Changes what a member holds; `change` may set its protocols and its assignment. */
  update(member: Member, change: () => void): void {
    this.#count(member, -1);
    change();
    this.#count(member, 1);
  }

  #count(member: Member, step: 1 | -1): void {
    this.#holdings.hold(step * sizeOfMember(member));
    for (const name of member.protocols.keys()) {
      const count = (this.#offers.get(name) ?? 0) + step;
      if (count === 0) this.#offers.delete(name);
      else this.#offers.set(name, count);
    }
  }

  /** Whether one of these protocols is offered by all members other than this one. */
  sharesOneOf(protocols: readonly OfferedProtocol[], memberId: string): boolean {
    const own = this.#members.get(memberId);
    const others = this.#members.size - (own === undefined ? 0 : 1);
    return protocols.some(({ name }) => {
      const offered = (this.#offers.get(name) ?? 0) - (own?.protocols.has(name) ? 1 : 0);
      return offered === others;
    });
  }

  /** The protocol that all members offer and most of them put first; `null` where there is none. */
  vote(): string | null {
    const votes = new Map<string, number>();
    let winner: string | null = null;
    for (const { protocols } of this.#members.values()) {
      for (const name of protocols.keys()) {
        if (this.#offers.get(name) !== this.#members.size) continue;
        votes.set(name, (votes.get(name) ?? 0) + 1);
        break;
      }
    }
    for (const [name, count] of votes) if (winner === null || count > votes.get(winner)!) winner = name;
    return winner;
  }

  /** The longest time that a member is given to join again. */
  rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const { rebalanceTimeoutMs } of this.#members.values()) {
      longest = Math.max(longest, rebalanceTimeoutMs);
    }
    return longest;
  }

  /** Whether all members wait for the rebalance to complete. */
  get haveAllJoined(): boolean {
    for (const { joinReply } of this.#members.values()) if (joinReply === null) return false;
    return true;
  }
}
