/*
 * gen_internal.h - how a generation's Runner drives a generator.
 */
#ifndef LOOPSCOPE_CORE_GEN_INTERNAL_H
#define LOOPSCOPE_CORE_GEN_INTERNAL_H

#include "core/gen.h"

/*
 * gen.send(sent), or gen.throw(thrown) if that is not NULL.  sent is lent
 * until the next call, thrown is taken.  After GEN_YIELDED gen->yielded is what
 * was yielded, after GEN_FINISHED gen->returned is gen.Return's value, after
 * GEN_RAISED the exception is the current one.
 */
enum gen_step gen__resume(struct gen *gen, struct value *sent, struct exc *thrown);

/* The field of an event that shows what was yielded. */
struct emit_field gen__yielded_field(const struct value *yielded);

/* BadYieldError: yielded cannot be waited for.  -1. */
int gen__raise_bad_yield(const struct value *yielded);

/* The generator object's end: its locals go with it. */
void gen__free(struct gen *gen);

#endif
