/* Started by services.c: returns, or exits from deep inside with data. */
#include "efi.h"

static const guid loaded_image_guid = LOADED_IMAGE;

static __attribute__((noinline)) status deep(int depth) {
  if (depth > 0) return deep(depth - 1) + 1;
  c16 *data = 0;
  boot->allocate_pool(2, 10, (void **)&data);
  boot->copy_mem(data, u"done", 10);
  boot->exit(self, 7, 10, data);
  return 0;
}

status efi_main(handle image, system_table *table) {
  start(image, table);
  loaded_image *own = 0;
  boot->handle_protocol(self, &loaded_image_guid, (void **)&own);
  print("child, with options of "), number(own->options_size, 10), print(" bytes\r\n");
  return own->options_size == 10 ? deep(5) : INVALID_PARAMETER;
}
