/*
 * log.h - tornado.log: what the original says through Python's logging.
 */
#ifndef LOOPSCOPE_CORE_LOG_H
#define LOOPSCOPE_CORE_LOG_H

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* gen_log and app_log. */
enum logger { LOGGER_GENERAL, LOGGER_APPLICATION };

/*
 * An event, with the text before its arguments (template_text, as the original
 * has it), and, if log_to() asked for it, a line.
 */
void log_message(enum log_level level, enum logger logger, const char *template_text,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * A printable line for what the original logs.  NULL (the default) drops them;
 * the trace has them in any case.
 */
void log_to(void (*print)(const char *level, const char *logger, const char *text));

#endif
