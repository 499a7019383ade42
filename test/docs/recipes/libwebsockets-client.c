#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libwebsockets-client PORT [deflate]: subscribes, prints each message that it is given, and ends at the hundredth. */

static const char subscribe[] = "{\"type\":\"subscribe\",\"data\":{\"channels\":[\"agent-updates\"]}}";

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length) {
  static unsigned char buffer[LWS_PRE + sizeof subscribe];
  static int is_subscribed, given;
  switch (reason) {
  case LWS_CALLBACK_CLIENT_ESTABLISHED:
    lws_callback_on_writable(wsi);
    break;
  case LWS_CALLBACK_CLIENT_WRITEABLE:
    if (is_subscribed++) break;
    memcpy(buffer + LWS_PRE, subscribe, sizeof subscribe - 1);
    lws_write(wsi, buffer + LWS_PRE, sizeof subscribe - 1, LWS_WRITE_TEXT);
    break;
  case LWS_CALLBACK_CLIENT_RECEIVE:
    printf("%.*s\n", (int)length, (const char *)in);
    if (++given == 100) exit(0);
    break;
  default:
    break;
  }
  return 0;
}

static const struct lws_protocols protocols[] = {{"skreaver.v1", on_event, 0, 4096, 0, NULL, 0}, {NULL, NULL, 0, 0, 0, NULL, 0}};
static const struct lws_extension deflate[] = {
    {"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate; client_max_window_bits"},
    {NULL, NULL, NULL}};

int main(int count, char **arguments) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  lws_set_log_level(0, NULL);
  struct lws_context_creation_info info = {0};
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.protocols = protocols;
  info.extensions = NULL;
  if (count > 2) info.extensions = deflate;
  struct lws_context *context = lws_create_context(&info);
  struct lws_client_connect_info connect = {0};
  connect.context = context;
  connect.address = connect.host = "127.0.0.1";
  connect.port = atoi(arguments[1]);
  connect.path = "/ws?heartbeat=frame";
  connect.protocol = "skreaver.v1";
  lws_client_connect_via_info(&connect);
  while (lws_service(context, 0) >= 0) continue;
  return 0;
}
