// A thread that leads: it carries out commands in order while the thread of JavaScript goes on.
#pragma once
#include <stdlib.h>
#include "pool.h"

struct Command {
  enum Kind { RUN, ZERO, DISCARD, WRITE, READ, SYNC } kind;
  Command* next;
  void* address;
  size_t bytes;
  double id;
  // A call, the numbers to write, or those that were read.
  alignas(16) char data[1];

  static Command* make(Kind kind, void* address, size_t bytes, size_t room) {
    Command* const command = (Command*)malloc(sizeof(Command) + room);
    if (!command) return nullptr;
    command->kind = kind;
    command->next = nullptr;
    command->address = address;
    command->bytes = bytes;
    command->id = 0;
    return command;
  }
};

class Stream {
 public:
  // `carryOut` keeps or frees the command.
  bool start(void (*carryOut)(void*, Command*), void* data) {
    perform = carryOut;
    performData = data;
    thread.work = lead;
    thread.data = this;
    return thread.start();
  }

  void push(Command* command) {
    lock.enter();
    if (last) last->next = command;
    else first = command;
    last = command;
    if (sleeps) lock.wakeAll();
    lock.leave();
  }

  // What is not begun is dropped.
  void stop() {
    lock.enter();
    stopped = true;
    lock.wakeAll();
    lock.leave();
    thread.join();
    while (Command* command = first) {
      first = command->next;
      free(command);
    }
    last = nullptr;
  }

 private:
  void (*perform)(void*, Command*) = nullptr;
  void* performData = nullptr;
  Thread thread;
  Lock lock;
  Command* first = nullptr;
  Command* last = nullptr;
  bool sleeps = false;
  bool stopped = false;

  static void lead(void* data) {
    Stream& self = *(Stream*)data;
    while (Command* command = self.take()) self.perform(self.performData, command);
  }

  Command* take() {
    lock.enter();
    sleeps = true;
    while (!first && !stopped) lock.sleep();
    sleeps = false;
    Command* const command = stopped ? nullptr : first;
    if (command) {
      first = command->next;
      if (!first) last = nullptr;
    }
    lock.leave();
    return command;
  }
};
