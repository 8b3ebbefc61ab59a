/*
 * complaints.c - what the rooms below have to complain about, in the reader's
 * language.
 */
#include "tui/model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 4

static const char *const sentences[][2] = {
#define COMPLAINT(english, chinese) { english, chinese },
#include "tui/model/complaints.def"
#undef COMPLAINT
};

struct part {
	const char *text;
	size_t length;
};

/* Whether a text is that sentence; what stands for each % goes to parts. */
static bool is_sentence(const char *text, const char *sentence, struct part parts[PARTS_MAX])
{
	size_t count = 0;

	while (*sentence) {
		size_t words = strcspn(sentence, "%");
		const char *at = text;

		/* the words behind a % are looked for, those that begin must be here */
		if (count)
			while (*at && (words ? strncmp(at, sentence, words) != 0 : true))
				at++;
		if (strncmp(at, sentence, words) != 0)
			return false;
		if (count)
			parts[count - 1].length = (size_t)(at - parts[count - 1].text);
		text = at + words;
		sentence += words;
		if (*sentence && count == PARTS_MAX)
			return false;
		if (*sentence++)
			parts[count++] = (struct part){ text, strlen(text) };
		else
			break;
	}
	return count ? true : *text == '\0';
}

static void put_translated(struct model *model, const char *sentence,
			   const struct part parts[PARTS_MAX])
{
	char text[MODEL_MESSAGE];
	size_t used = 0;

	for (size_t i = 0; *sentence && used < sizeof(text); sentence++) {
		struct part part = *sentence == '%' ? parts[i++] : (struct part){ sentence, 1 };

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%.*s", (int)part.length,
					 part.text);
	}
	model_message(model, "%s", text);
}

void model_complain(struct model *model, char *error)
{
	struct part parts[PARTS_MAX];
	bool done = false;

	for (size_t i = 0;
	     model->chinese && error && !done && i < sizeof(sentences) / sizeof(sentences[0]);
	     i++) {
		done = is_sentence(error, sentences[i][0], parts);
		if (done)
			put_translated(model, sentences[i][1], parts);
	}
	if (!done)
		model_message(model, "%s", error ? error : "out of memory");
	free(error);
}
