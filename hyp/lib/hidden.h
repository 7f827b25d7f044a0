/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included before everything (see the Makefile): nothing in the image is seen from outside, so the
 * compiler addresses all of it relative to the PC and code may run before it is relocated.
 */
#pragma GCC visibility push(hidden)
