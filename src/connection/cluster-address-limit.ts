import { Inject, Injectable } from '@nestjs/common';
import { addressKey } from '../address/index.js';
import { Backplane } from '../backplane/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import { AddressPlaces } from './address-places.js';
import { type ConnectionPermit, limitExceeded } from './connection-limiter.js';

/** How long a claim may take. Later this node decides alone. */
const ANSWER_MS = 250;
/** Addresses in one claim. */
const CLAIMED_AT_ONCE = 500;
/** After a claim that was refused although the backplane is there. */
const RETRY_MS = 1000;

class ClusterPermit implements ConnectionPermit {
  private isReleased = false;

  constructor(
    private readonly permit: ConnectionPermit,
    private readonly releasePlace: () => void,
  ) {}

  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.permit.release();
    this.releasePlace();
  }
}

/**
 * Bounds the connections of an address (IPv6: of a /64) on all nodes. One claim is under way at a time, and what comes
 * meanwhile goes with the next: a storm of upgrades costs as many round trips as fit into its time. Where the backplane
 * does not answer, this node decides alone.
 */
@Injectable()
export class ClusterAddressLimit {
  readonly isEnabled: boolean;
  private readonly max: number;
  /** Those with connections here, or of which the backplane may know some. */
  private readonly places = new Map<string, AddressPlaces>();
  /** Those with something to say. */
  private readonly due = new Set<AddressPlaces>();
  private isClaiming = false;
  private isLate = false;

  constructor(
    @Inject(SkreaverWsConfig) config: ResolvedConfig,
    private readonly backplane: Backplane,
  ) {
    this.max = config.maxConnectionsPerIpInCluster;
    this.isEnabled = this.max > 0;
  }

  /**
   * Takes a place on all nodes besides the one on this node, within half a second.
   * @returns a permit for both
   * @throws WsError `CONNECTION_LIMIT_EXCEEDED`, when the permit given is released
   */
  async extend(permit: ConnectionPermit, clientAddress: string): Promise<ConnectionPermit> {
    const places = this.of(addressKey(clientAddress));
    const isTaken = await new Promise<boolean>((decide) => {
      places.wait(decide);
      this.due.add(places);
      if (this.isAlone) places.decideAlone();
      else this.claim();
    });
    if (isTaken) return new ClusterPermit(permit, () => this.release(places));
    permit.release();
    throw limitExceeded('address', this.max);
  }

  /** Says all that it has said before, and what the backplane has missed. */
  onRestored(): void {
    for (const places of this.places.values()) this.due.add(places);
    this.claim();
  }

  private get isAlone(): boolean {
    return this.isLate || this.backplane.health.state === 'degraded';
  }

  private of(key: string): AddressPlaces {
    const known = this.places.get(key);
    if (known !== undefined) return known;
    const places = new AddressPlaces(key, this.max);
    this.places.set(key, places);
    return places;
  }

  private release(places: AddressPlaces): void {
    places.release();
    if (places.isSaid) this.due.add(places);
    this.forget(places);
    if (!this.isAlone) this.claim();
  }

  private forget(places: AddressPlaces): void {
    if (!places.isIdle) return;
    this.due.delete(places);
    this.places.delete(places.key);
  }

  private claim(): void {
    if (this.isClaiming || this.due.size === 0) return;
    this.isClaiming = true;
    void this.claimDue([...this.due].slice(0, CLAIMED_AT_ONCE));
  }

  private async claimDue(batch: readonly AddressPlaces[]): Promise<void> {
    const isDone = await this.claimSome(batch);
    this.isClaiming = false;
    if (isDone) this.claim();
    else if (!this.isAlone) setTimeout(() => this.claim(), RETRY_MS).unref();
  }

  private async claimSome(batch: readonly AddressPlaces[]): Promise<boolean> {
    for (const places of batch) this.due.delete(places);
    const claims = batch.map((places) => places.say());
    const deadline = setTimeout(() => {
      this.isLate = true;
      this.decideAlone(batch);
    }, ANSWER_MS);
    try {
      const taken = await this.backplane.claim(claims, this.max);
      batch.forEach((places, index) => {
        // What was decided here meanwhile has to be said.
        if (!places.answered(taken[index] ?? 0)) this.due.add(places);
        this.forget(places);
      });
      return true;
    } catch {
      this.decideAlone(batch);
      for (const places of batch) this.due.add(places);
      return false;
    } finally {
      clearTimeout(deadline);
      this.isLate = false;
    }
  }

  private decideAlone(claimed: readonly AddressPlaces[]): void {
    for (const places of [...claimed, ...this.due]) {
      places.decideAlone();
      this.forget(places);
    }
  }
}
