/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The generation protocol of pci-device.md, section 7, as a model for spin:
 *
 *	spin -a generation.pml && gcc -O2 -DSAFETY -o pan pan.c && ./pan -m100000
 *
 * (host-tests/lint/check.t does so in a temporary directory.)
 *
 * The writer (device) changes the table some times. The reader (driver) takes a snapshot when it
 * binds and one for each interrupt. Spin tries every order of their steps and checks that
 *
 *  - an accepted snapshot is all of one generation;
 *  - an attempt that begins after the writer's last step does not fail;
 *  - when nothing moves any more, the reader has the last generation, and not as a stale one.
 *
 * Each process takes its steps in the order written here: that is what the barriers of section 7
 * are for. A change by migration (section 9) is one during which the reader takes no step.
 *
 * Each of these, as -D, is a mistake for which spin must find an error:
 *
 *	NO_RETRY	the reader does not compare GENERATION the second time
 *	NO_ODD		the writer does not make GENERATION odd
 *	EARLY_IRQ	the interrupt fires before GENERATION is even again
 *	LATE_ENABLE	the reader enables the interrupt after its first snapshot
 *	LATE_ACK	the reader clears the interrupt after the snapshot that it asked for
 */

#define CHANGES 3	/* at most */
#define ATTEMPTS 2	/* at most, for each snapshot */
#ifndef FIRST
#define FIRST 0		/* GENERATION at the start; with MODULUS - 2 it wraps around at once */
#endif

/*
 * CHANGES must be less than MODULUS / 2, or else GENERATION can come back to the number that an
 * attempt began with, and the words be taken for unchanged. The real GENERATION has 2^31 - 1 even
 * values: for this, that many changes would have to happen in the time of one attempt.
 */
#define MODULUS (2 * CHANGES + 2)

/* Two words are enough: a bad snapshot has one that is not of the accepted generation */
byte word[2] = FIRST;		/* the value of each is the generation that it belongs to */
byte gen = FIRST;

/* An edge is kept as one pending bit, however many there are; if not armed it is lost */
bool armed, pending;
#define FIRE pending = pending || armed

byte kept;			/* the generation of the reader's last good snapshot */
bool stale = true;		/* which may not be the present one; at the start there is none */
bool settled;			/* the writer took its last step; the reader does not know */

active proctype writer()
{
	byte changes, next;

	do
	:: changes < CHANGES ->
		changes++;
		next = (gen + 2) % MODULUS;
#ifndef NO_ODD
		gen = gen + 1;
#endif
		word[0] = next;
		word[1] = next;
#ifdef EARLY_IRQ
		FIRE;
		gen = next
#else
		gen = next;
		FIRE
#endif
	:: break			/* it may stop after any change, or make none */
	od;
	settled = true
}

#ifdef NO_RETRY
#define UNCHANGED true
#else
#define UNCHANGED (gen == before)
#endif

inline snapshot()
{
	tries = 0;
	do
	:: tries < ATTEMPTS ->
		tries++;
		calm = settled;
		before = gen;
		if
		:: before % 2 == 0 ->
			if		/* words may be read in any order */
			:: i = 0
			:: i = 1
			fi;
			got[i] = word[i];
			got[1 - i] = word[1 - i];
			if
			:: UNCHANGED ->
				assert(got[0] == before && got[1] == before);
				kept = before;
				stale = false;
				break
			:: else
			fi
		:: else
		fi;
		assert(!calm)		/* this attempt failed */
	:: else ->
		stale = true;		/* keep the last good one until the next interrupt */
		break
	od
}

active proctype reader()
{
	byte tries, before, i, got[2];
	bool calm;

#ifdef LATE_ENABLE
	snapshot();
	armed = true;
#else
	armed = true;
	snapshot();
#endif
end:	do				/* to wait here for ever is no deadlock */
	:: pending ->
#ifdef LATE_ACK
		snapshot();
		pending = false
#else
		pending = false;
		snapshot()
#endif
	od
}

/* timeout: no other process can take a step */
active proctype monitor()
{
	timeout -> assert(settled && !pending && !stale && kept == gen)
}
