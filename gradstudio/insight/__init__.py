"""What the studio tells of backpropagation: sheets, step-through, exercises, health. No Qt."""
